import type { AgentSession, Confidence } from "../core/attribution.ts";
import type { Edit } from "../core/edit.ts";
import type { Clock, Journal } from "../engine/ports.ts";

/** Writes what one hook event proves into the journal. */
export interface Recorder {
  /** An edit, by the assistant, or by nobody known where `by` is null. */
  edit(
    change: Pick<Edit, "path" | "before" | "after">,
    by: { readonly by: AgentSession; readonly confidence: Confidence } | null,
  ): Promise<void>;
  /** Something to tell on stderr. */
  note(text: string): void;
  readonly paths: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** A recorder for the event of one tool call. */
export function makeRecorder(
  journal: Journal,
  clock: Clock,
  event: { readonly by: AgentSession; readonly call: string; readonly model: string | null },
): Recorder {
  const paths = new Set<string>();
  const notes: string[] = [];
  const origin = ["hook", event.by.agent, event.by.session, event.call].join(":");
  const session = event.model === null ? event.by : { ...event.by, model: event.model };
  return {
    paths,
    notes,
    async edit(change, by) {
      paths.add(change.path);
      const attribution: Edit["attribution"] =
        by === null
          ? { kind: "unknown" }
          : { kind: "ai", by: session, source: "hook", confidence: by.confidence };
      const edit = { ...change, time: clock.now(), attribution, origin };
      await journal.append({ kind: "edit", edit });
    },
    note(text) {
      notes.push(text);
    },
  };
}
