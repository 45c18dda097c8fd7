import type { Review } from "../core/review.ts";
import type { FactsMode } from "./facts.ts";
import { gate } from "./gate.ts";
import type { ChangeSelection, Ports, Progress } from "./ports.ts";

/** How far a review goes. */
export interface ReviewOptions {
  readonly selection?: ChangeSelection;
  /** `run`: run base and head where no result is kept yet. `cached`: use kept results only. */
  readonly sandbox: "run" | "cached";
  /** What is run on base and head instead of what the policy says. Such a run is no evidence for any other review. */
  readonly command?: readonly string[];
  /**
   * `fetch` (the default): ask the configured registries for what is not kept. `cached`: kept facts
   * only, so that nothing waits. `offline`: the same, because a person asked for it.
   */
  readonly facts?: FactsMode;
  /** Longest that facts are fetched, in milliseconds; what is missing by then is unproven. */
  readonly factsBudgetMs?: number;
  readonly progress?: Progress;
  readonly signal: AbortSignal;
}

/** The engine's door: the only thing that fronts call. */
export interface GateSession {
  /** Judges a change. Throws GateError only for what makes judging impossible, never for what it finds. */
  review(options: ReviewOptions): Promise<Review>;
}

/** A session over real or fake ports. After a review that ran what the policy says, the journal has its verdict. */
export function createSession(ports: Ports): GateSession {
  return {
    review: async (options) => {
      const review = await gate(ports, options);
      const isByPolicy = options.sandbox === "run" && options.command === undefined;
      if (isByPolicy) await recordVerdict(ports, review);
      return review;
    },
  };
}

function recordVerdict({ journal }: Ports, { change, verdict, score }: Review): Promise<unknown> {
  return journal.append({
    kind: "verdict",
    change: change.id,
    status: verdict.status,
    score: score.value,
    ...(change.branch !== null && { branch: change.branch }),
  });
}
