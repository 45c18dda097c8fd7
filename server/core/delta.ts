import type { Behaviour, RunRecord, TestOutcome } from "./run.ts";

/** What the head run does that the base run does not. */
export interface Delta {
  readonly base: RunRecord["key"];
  readonly head: RunRecord["key"];
  readonly tests: readonly {
    readonly name: string;
    /** Null where that side has no such test. */
    readonly before: TestOutcome | null;
    readonly after: TestOutcome | null;
  }[];
  /** Behaviours of head that base does not show. */
  readonly appeared: readonly Behaviour[];
}
