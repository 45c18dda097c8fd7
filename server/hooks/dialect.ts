import type { AgentSession } from "../core/attribution.ts";
import type { Review } from "../core/review.ts";

/** What an edit tool was asked to do to one file. */
export type FileRequest =
  | { readonly kind: "write"; readonly content: string }
  | { readonly kind: "replace"; readonly edits: readonly Replacement[] }
  /** Places of a file, in its order, each found by the lines that stand there. */
  | { readonly kind: "patch"; readonly hunks: readonly PatchHunk[] }
  /** Text that goes into the file in a form of the tool's own, such as a notebook's cell. */
  | { readonly kind: "insert"; readonly text: string }
  /** The tool says that it edited the file, and not what. */
  | { readonly kind: "unsaid" };

export interface Replacement {
  readonly old: string;
  readonly new: string;
  readonly all: boolean;
}

export interface PatchHunk {
  /** A line, such as a function's head, below which the place is; null where it is not said. */
  readonly below: string | null;
  readonly old: readonly string[];
  readonly new: readonly string[];
}

/** A hook event of any assistant, in our own words. */
export type HookEvent =
  | {
      readonly kind: "session";
      readonly event: "start" | "end";
      readonly by: AgentSession;
      /** The folder that the session works in, where the event says it. */
      readonly directory?: string;
    }
  | {
      readonly kind: "edit";
      readonly when: "before" | "after";
      readonly by: AgentSession;
      /** The tool call's own name, the same before and after. */
      readonly call: string;
      /** What names the events before and after together, where session and call do not. */
      readonly pair?: string;
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
      readonly pair?: string;
      readonly directory: string;
      readonly command: string;
    }
  | { readonly kind: "other"; readonly name: string };

export type EditEvent = Extract<HookEvent, { kind: "edit" }>;
export type CommandEvent = Extract<HookEvent, { kind: "command" }>;

/** What the hook's process gives back to the assistant. */
export interface HookAnswer {
  readonly exitCode: 0 | 1;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why something that an assistant is about to do should not be done, or not without a person. */
export interface Objection {
  readonly decision: "deny" | "ask";
  readonly reason: string;
}

/** One assistant's hook protocol: `parse` takes whatever it may send, the answers say only what it acts on. */
export interface HookDialect {
  readonly agent: string;
  /**
   * What one call of the hook tells: several edits where one tool call touches several files.
   * Throws GateError `bad-input` for what cannot be an event.
   */
  readonly parse: (value: unknown) => readonly HookEvent[];
  /** The answer to an event after which the change was judged. `paths` are the files that it touched. */
  readonly answer: (event: HookEvent, review: Review, paths: readonly string[]) => string;
  /** The answer to a command that is about to run and should not. */
  readonly object: (event: CommandEvent, objection: Objection) => string;
  /** What is printed where there is nothing to say. */
  readonly silence: string;
}
