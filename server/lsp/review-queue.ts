/** How often a newer request may stop the review under way before one is let through to its end. */
const MOST_STOPS = 3;
/** One save is told by several messages: of the editor, of the watcher, of git. */
const SAME_MOMENT_MS = 5;

export interface QueueOptions {
  /**
   * Quiet time in milliseconds before a review starts: what arrives meanwhile is one request. Where
   * it was quiet for as long already, the review starts at once.
   */
  readonly delayMs: number;
  /** Makes one review and shows it, unless the signal aborts first. Must not throw. */
  readonly work: (signal: AbortSignal) => Promise<void>;
}

/**
 * Requests for a review: the first after a quiet time is answered at once, those that come in quickly
 * after it are one. One under way is stopped by a newer request, unless it ends within
 * a quiet time; and never starved: after a few stops it runs to its end.
 */
export class ReviewQueue {
  readonly #options: QueueOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: {
    readonly controller: AbortController;
    readonly since: number;
    readonly done: Promise<void>;
  } | null = null;
  #stopTimer: NodeJS.Timeout | null = null;
  /** Whether the one that waits came after a quiet time. */
  #isFirst = false;
  #again = false;
  #stops = 0;
  #ended = -Infinity;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Whether something is under way or waiting. */
  get busy(): boolean {
    return this.#timer !== null || this.#running !== null;
  }

  request(): void {
    if (this.#closed) return;
    const { delayMs } = this.#options;
    const now = performance.now();
    if (this.#running !== null) {
      if (!this.#again)
        this.#stopIn(delayMs - (now - this.#running.since), this.#running.controller);
      this.#again = true;
      return;
    }
    if (this.#timer !== null && this.#isFirst) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    else this.#isFirst = now - this.#ended > delayMs;
    this.#timer = setTimeout(() => this.#start(), this.#isFirst ? SAME_MOMENT_MS : delayMs);
  }

  /** Stops what is under way, forgets what waits, and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#again = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running?.controller.abort();
    await this.#running?.done;
  }

  /** What has only begun gets the quiet time to show its result; what takes longer is out of date. */
  #stopIn(ms: number, controller: AbortController): void {
    if (this.#stops >= MOST_STOPS) return;
    const stop = (): void => {
      this.#stops += 1;
      controller.abort();
    };
    if (ms <= 0) stop();
    else this.#stopTimer = setTimeout(stop, ms);
  }

  #start(): void {
    this.#timer = null;
    const controller = new AbortController();
    this.#running = { controller, since: performance.now(), done: this.#run(controller) };
  }

  async #run(controller: AbortController): Promise<void> {
    await this.#options.work(controller.signal);
    if (this.#stopTimer !== null) clearTimeout(this.#stopTimer);
    this.#stopTimer = null;
    if (!controller.signal.aborted) this.#stops = 0;
    this.#running = null;
    this.#ended = performance.now();
    if (!this.#again || this.#closed) return;
    this.#again = false;
    this.request();
  }
}
