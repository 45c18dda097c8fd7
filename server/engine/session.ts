import type { Review } from "../core/review.ts";
import type { ChangeSelection, Progress } from "./ports.ts";

/** How far a review goes. */
export interface ReviewOptions {
  readonly selection?: ChangeSelection;
  /** `run`: run base and head where no result is kept yet. `cached`: use kept results only. */
  readonly sandbox: "run" | "cached";
  /** What is run on base and head instead of what the policy says. Such a run is no evidence for any other review. */
  readonly command?: readonly string[];
  readonly progress?: Progress;
  readonly signal: AbortSignal;
}

/** The engine's door: the only thing that fronts call. */
export interface GateSession {
  /** Judges a change. Throws GateError only for what makes judging impossible, never for what it finds. */
  review(options: ReviewOptions): Promise<Review>;
}
