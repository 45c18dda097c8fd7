import type { Review } from "../../server/core/review.ts";
import { cancelled } from "../../server/engine/errors.ts";
import type { ReviewOptions } from "../../server/engine/session.ts";
import type { GateDoor, OpenGateDoor, SavedEdit } from "../../server/lsp/gate-door.ts";
import { aReview } from "../lsp/reviews.ts";

/** A gate that a test conducts: what it answers, when it answers, and what it was asked. */
export class FakeGate {
  review: Review | ((kind: ReviewOptions["sandbox"], facts: ReviewOptions["facts"]) => Review) =
    aReview();
  openError: Error | null = null;
  reviewError: Error | null = null;
  engineProblem: { readonly message: string; readonly remedy: string } | null = null;
  readonly asked: ReviewOptions["sandbox"][] = [];
  readonly askedFacts: ReviewOptions["facts"][] = [];
  readonly opened: {
    readonly directory: string;
    readonly engineHost: string | null;
    readonly trusted: boolean;
  }[] = [];
  readonly recorded: SavedEdit[] = [];
  past: Awaited<ReturnType<GateDoor["pastVerdicts"]>> = [];
  readonly texts = new Map<string, string>();
  closed = 0;
  aborted = 0;
  /** Where set, reviews of this kind wait until the test lets them go. */
  held: { readonly kind: ReviewOptions["sandbox"]; release: Promise<void> } | null = null;
  #listeners = new Set<() => void>();

  readonly open: OpenGateDoor = (directory, { engineHost, trusted }) => {
    this.opened.push({ directory, engineHost, trusted });
    if (this.openError !== null) return Promise.reject(this.openError);
    const door: GateDoor = {
      session: { review: (options) => this.#review(options) },
      root: directory,
      watch: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      findEngineProblem: () => Promise.resolve(this.engineProblem),
      recordEdit: (edit) => {
        this.recorded.push(edit);
        return Promise.resolve();
      },
      pastVerdicts: () => Promise.resolve(this.past),
      readText: (blob) => Promise.resolve(this.texts.get(blob) ?? null),
      close: () => {
        this.closed += 1;
        return Promise.resolve();
      },
    };
    return Promise.resolve(door);
  };

  /** The journal grew, or a branch moved. */
  change(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Makes reviews of a kind wait; gives the way to let them go. */
  hold(kind: ReviewOptions["sandbox"]): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held = { kind, release: promise };
    return () => {
      this.held = null;
      resolve();
    };
  }

  async #review({ sandbox, facts, progress, signal }: ReviewOptions): Promise<Review> {
    this.asked.push(sandbox);
    this.askedFacts.push(facts);
    progress?.("Starting the boxes.", 0.5);
    if (this.held?.kind === sandbox) {
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      await Promise.race([this.held.release, aborted]);
    }
    if (signal.aborted) {
      this.aborted += 1;
      throw cancelled("The review");
    }
    if (this.reviewError !== null) throw this.reviewError;
    return typeof this.review === "function" ? this.review(sandbox, facts) : this.review;
  }
}
