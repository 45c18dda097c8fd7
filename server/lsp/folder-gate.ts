import type { RepoPath } from "../core/location.ts";
import type { Review } from "../core/review.ts";
import { cancelled, GateError } from "../engine/errors.ts";
import type { Log, Progress } from "../engine/ports.ts";
import type { TrustStatus } from "../protocol.ts";
import { diagnosticsByUri } from "./diagnostics.ts";
import type { GateDoor, OpenGateDoor, SavedEdit } from "./gate-door.ts";
import { attempt, errorFields } from "./handle.ts";
import type { Publisher } from "./publish.ts";
import type { PastVerdict } from "./report/charts.ts";
import { ReviewQueue } from "./review-queue.ts";
import type { Settings } from "./settings.ts";
import { trustStatus } from "./trust-status.ts";
import { directoryOf, uriOf } from "./uris.ts";

export interface FolderGateOptions {
  /** The workspace folder's URI, as the client spells it. */
  readonly folder: string;
  readonly settings: Settings;
  readonly trusted: () => boolean;
  readonly open: OpenGateDoor;
  readonly log: Log;
  readonly delayMs: number;
  readonly publisher: Publisher;
  readonly show: (status: TrustStatus) => void;
  /** There is another review than before, or none any more. */
  readonly reviewed: () => void;
}

/** A quicker review changes what is shown once, when it is done: a status that flickers at each save is noise. */
const SLOW_MS = 500;
/** After so many milliseconds facts that could not be had are fetched again. */
const FETCH_AGAIN_MS = 60_000;

/** The gate of one workspace folder: reviews when something changes, runs when a person asks. */
export class FolderGate {
  readonly #options: FolderGateOptions;
  readonly #queue: ReviewQueue;
  #door: GateDoor | null = null;
  #unwatch: (() => void) | null = null;
  #review: Review | null = null;
  #error: unknown = null;
  #noEngine: { readonly message: string; readonly remedy: string } | null = null;
  #running: { readonly controller: AbortController; readonly result: Promise<Review> } | null =
    null;
  /** Counts triggers, so that a result is known to be out of date. */
  #generation = 0;
  /** The change whose facts were fetched last, and when. */
  #fetched: { readonly change: string; readonly at: number } | null = null;
  readonly #closing = new AbortController();
  #looking = false;
  #slow = false;
  #shown = "";
  #status: TrustStatus | null = null;

  constructor(options: FolderGateOptions) {
    this.#options = options;
    this.#queue = new ReviewQueue({
      delayMs: options.delayMs,
      work: (signal) => this.#reviewOnce(signal),
    });
  }

  get folder(): string {
    return this.#options.folder;
  }

  /** The repository's root; null until it could be opened. */
  get root(): string | null {
    return this.#door?.root ?? null;
  }

  get review(): Review | null {
    return this.#review;
  }

  get status(): TrustStatus {
    return this.#status ?? this.#computeStatus();
  }

  /** Something may have changed: judge again soon, with kept runs only. */
  trigger(): void {
    this.#generation += 1;
    this.#queue.request();
    this.#showStatus();
  }

  /**
   * Runs base and head in the sandbox and shows what came of it. A second request while one runs gets
   * the same result. Throws GateError `bad-usage` in an untrusted workspace, `cancelled`, `no-engine`.
   */
  async run(progress: Progress, signal: AbortSignal): Promise<Review> {
    if (!this.#options.trusted()) {
      throw new GateError("bad-usage", "Nothing is run in a workspace that is not trusted.", {
        remedy: "Trust the workspace first.",
      });
    }
    if (this.#running === null) {
      const controller = new AbortController();
      this.#running = { controller, result: this.#runOnce(progress, controller.signal) };
    }
    const { controller, result } = this.#running;
    signal.addEventListener("abort", () => controller.abort(), { once: true });
    if (signal.aborted) controller.abort();
    return result;
  }

  /** Keeps an edit that the editor saw; without an open repository there is nowhere to keep it. */
  async recordEdit(edit: SavedEdit): Promise<void> {
    await this.#door?.recordEdit(edit);
  }

  /** Verdicts of earlier runs on the branch, oldest first. */
  async pastVerdicts(): Promise<readonly PastVerdict[]> {
    return (await this.#door?.pastVerdicts(this.#review?.change.branch ?? null)) ?? [];
  }

  /** A file's text at the base: empty where base does not have it, null where it is not of the change. */
  async baseText(path: RepoPath, signal: AbortSignal): Promise<string | null> {
    const file = this.#review?.change.files.find((it) => it.path === path);
    if (file === undefined || this.#door === null) return null;
    return file.before === null ? "" : await this.#door.readText(file.before.blob, signal);
  }

  /** Shows the last findings again: positions have moved, or a client came back. */
  republish(): void {
    const door = this.#door;
    if (door === null || this.#review === null) return;
    const diagnostics = diagnosticsByUri(this.#review.findings, (path) => uriOf(door.root, path));
    this.#options.publisher.publish(this.folder, diagnostics);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#running?.controller.abort();
    await this.#queue.close();
    await this.#running?.result.catch(() => {});
    this.#unwatch?.();
    await this.#door?.close();
    this.#options.publisher.clear(this.folder);
  }

  async #reviewOnce(signal: AbortSignal): Promise<void> {
    const slow = setTimeout(() => {
      this.#slow = true;
      this.#showStatus();
    }, SLOW_MS);
    try {
      const door = await this.#open();
      this.#lookForEngine(door);
      const review = await door.session.review({ sandbox: "cached", facts: "cached", signal });
      if (signal.aborted) return;
      this.#accept(review);
      this.#showStatus(true);
      this.#fetchFacts(door, review);
    } catch (error) {
      if (signal.aborted || GateError.is(error, "cancelled")) return;
      this.#refuse(error);
      this.#showStatus(true);
    } finally {
      clearTimeout(slow);
      this.#slow = false;
    }
  }

  /** What is known is shown first; with what the registries say it is judged once more. */
  #fetchFacts(door: GateDoor, { facts, change }: Review): void {
    const isMissing = facts.some(({ kind }) => kind === "unavailable");
    const last = this.#fetched;
    const isTried = last?.change === change.id && performance.now() - last.at < FETCH_AGAIN_MS;
    if (!isMissing || isTried || !this.#options.trusted()) return;
    this.#fetched = { change: change.id, at: performance.now() };
    const generation = this.#generation;
    const { signal } = this.#closing;
    attempt(this.#options.log, "fetch facts", async () => {
      const review = await door.session.review({ sandbox: "cached", facts: "fetch", signal });
      if (signal.aborted) return;
      if (generation !== this.#generation || this.#running !== null) return this.trigger();
      this.#accept(review);
      this.#showStatus();
    });
  }

  /** Beside the review, which does not wait for it: an engine may take seconds to say nothing. */
  #lookForEngine(door: GateDoor): void {
    if (this.#looking || !this.#options.trusted()) return;
    this.#looking = true;
    attempt(this.#options.log, "look for an engine", async () => {
      try {
        this.#noEngine = await door.findEngineProblem();
      } finally {
        this.#looking = false;
      }
      this.#showStatus();
    });
  }

  async #runOnce(progress: Progress, signal: AbortSignal): Promise<Review> {
    const generation = this.#generation;
    let current = false;
    try {
      const door = await this.#open();
      this.#showStatus();
      const review = await door.session.review({ sandbox: "run", progress, signal });
      if (signal.aborted) throw cancelled("The run");
      // The run's own journal entry is a trigger too, but leaves the change what it was.
      current = generation === this.#generation || review.change.id === this.#review?.change.id;
      if (current) this.#accept(review);
      return review;
    } finally {
      this.#running = null;
      // What was run may be out of date by now; a run that stopped half-way may have kept the base's result.
      if (current) this.#showStatus();
      else this.trigger();
    }
  }

  async #open(): Promise<GateDoor> {
    if (this.#door !== null) return this.#door;
    const { folder, open, log, settings } = this.#options;
    const directory = directoryOf(folder);
    if (directory === null) {
      throw new GateError("not-a-repository", "This folder is not on the disk.", {
        remedy:
          "Open a folder of the local disk, or of the remote machine that the editor runs on.",
      });
    }
    const door = await open(directory, {
      log,
      engineHost: settings.engineHost,
      trusted: this.#options.trusted(),
    });
    this.#door = door;
    this.#unwatch = door.watch(() => this.trigger());
    log.info("Opened the gate.", { folder, root: door.root });
    return door;
  }

  #accept(review: Review): void {
    this.#review = review;
    this.#error = null;
    this.republish();
    this.#options.reviewed();
    const { verdict, score, findings, change } = review;
    this.#options.log.info("Judged.", {
      branch: change.branch,
      files: change.files.length,
      findings: findings.length,
      verdict: verdict.status,
      score: score.value,
    });
  }

  /** Nothing that is known any more is shown as if it were. */
  #refuse(error: unknown): void {
    this.#review = null;
    this.#error = error;
    this.#options.publisher.clear(this.folder);
    this.#options.reviewed();
    this.#options.log.warn("Could not judge.", errorFields(error));
  }

  /** `settled`: the review under way is about to end, so it does not count as computing. */
  #showStatus(settled = false): void {
    attempt(this.#options.log, "show status", () => {
      const status = this.#computeStatus(settled);
      const text = JSON.stringify(status);
      this.#status = status;
      if (text === this.#shown) return;
      this.#shown = text;
      this.#options.show(status);
    });
  }

  #computeStatus(settled = false): TrustStatus {
    const root = this.#door?.root ?? "/";
    const computing = !settled && this.#queue.busy && (this.#review === null || this.#slow);
    return trustStatus({
      folder: this.#options.folder,
      trusted: this.#options.trusted(),
      activity: this.#running !== null ? "running" : computing ? "computing" : "idle",
      review: this.#review,
      error: this.#error,
      noEngine: this.#noEngine,
      uriOf: (path) => uriOf(root, path),
    });
  }
}
