import type { Digest } from "./digest.ts";
import type { LineRange } from "./location.ts";

/** Where we learnt who wrote something. */
export type AttributionSource = "hook" | "transcript" | "editor" | "note" | "trailer";

/** How sure we are. Only `proven` and `likely` may name an author. */
export type Confidence = "proven" | "likely";

/** An assistant's conversation, as the assistant itself names it. */
export interface AgentSession {
  /** The assistant: `claude-code`, `cursor`, `codex`, `copilot`, `gemini`. */
  readonly agent: string;
  readonly session: string;
  readonly model?: string;
}

/**
 * Who wrote a line. `unknown` is the default and says nothing about a person or a machine:
 * no human line is ever labelled AI on weak evidence.
 */
export type Attribution =
  | { readonly kind: "unknown" }
  | { readonly kind: "human"; readonly source: AttributionSource; readonly confidence: Confidence }
  | {
      readonly kind: "ai";
      readonly by: AgentSession;
      readonly source: AttributionSource;
      readonly confidence: Confidence;
    };

/** Lines of a file's new version that one author wrote, with the journal entries that prove it. */
export interface AttributedLines {
  readonly range: LineRange;
  readonly attribution: Attribution;
  /** Addresses of the journal entries behind the attribution. */
  readonly evidence: readonly Digest[];
}

export const UNKNOWN: Attribution = { kind: "unknown" };

/** Whether two attributions name the same author on the same kind of evidence. */
export function sameAttribution(a: Attribution, b: Attribution): boolean {
  switch (a.kind) {
    case "unknown":
      return b.kind === "unknown";
    case "human":
      return b.kind === "human" && a.source === b.source && a.confidence === b.confidence;
    case "ai":
      return (
        b.kind === "ai" &&
        a.by.agent === b.by.agent &&
        a.by.session === b.by.session &&
        a.by.model === b.by.model &&
        a.source === b.source &&
        a.confidence === b.confidence
      );
  }
}
