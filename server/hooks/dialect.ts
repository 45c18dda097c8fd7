import type { AgentSession } from "../core/attribution.ts";
import type { Review } from "../core/review.ts";

/** What an edit tool was asked to do to one file. */
export type FileRequest =
  | { readonly kind: "write"; readonly content: string }
  | {
      readonly kind: "replace";
      readonly edits: readonly {
        readonly old: string;
        readonly new: string;
        readonly all: boolean;
      }[];
    }
  /** Text that goes into the file in a form of the tool's own, such as a notebook's cell. */
  | { readonly kind: "insert"; readonly text: string };

/** A hook event of any assistant, in our own words. */
export type HookEvent =
  | { readonly kind: "session"; readonly event: "start" | "end"; readonly by: AgentSession }
  | {
      readonly kind: "edit";
      readonly when: "before" | "after";
      readonly by: AgentSession;
      /** The tool call's own name, the same before and after. */
      readonly call: string;
      readonly directory: string;
      /** Absolute, or relative to `directory`. */
      readonly path: string;
      readonly request: FileRequest;
      /** The content before, where the tool tells it; null where there was no file. */
      readonly original?: string | null;
    }
  | {
      readonly kind: "command";
      readonly when: "before" | "after";
      readonly by: AgentSession;
      readonly call: string;
      readonly directory: string;
      readonly command: string;
    }
  | { readonly kind: "other"; readonly name: string };

/** What the hook's process gives back to the assistant. */
export interface HookAnswer {
  readonly exitCode: 0 | 1;
  readonly stdout: string;
  readonly stderr: string;
}

/** One assistant's hook protocol: `parse` takes whatever it may send, `answer` says only what it acts on. */
export interface HookDialect {
  readonly agent: string;
  /** Throws GateError `bad-input` for what cannot be an event. */
  readonly parse: (value: unknown) => HookEvent;
  /** The answer to an event after which the change was judged. `paths` are the files that it touched. */
  readonly answer: (event: HookEvent, review: Review, paths: readonly string[]) => string;
}
