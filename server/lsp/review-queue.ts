/** How often a newer request may stop the review under way before one is let through to its end. */
const MOST_STOPS = 3;

export interface QueueOptions {
  /** Quiet time in milliseconds before a review starts: what arrives meanwhile is one request. */
  readonly delayMs: number;
  /** Makes one review and shows it, unless the signal aborts first. Must not throw. */
  readonly work: (signal: AbortSignal) => Promise<void>;
}

/**
 * Requests for a review: coalesced while they come in quickly, the one under way stopped when a newer
 * one comes, and never starved: after a few stops it runs to its end before the next one starts.
 */
export class ReviewQueue {
  readonly #options: QueueOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: { readonly controller: AbortController; readonly done: Promise<void> } | null = null;
  #again = false;
  #stops = 0;
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
    if (this.#running !== null) {
      this.#again = true;
      if (this.#stops < MOST_STOPS && !this.#running.controller.signal.aborted) {
        this.#stops += 1;
        this.#running.controller.abort();
      }
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), this.#options.delayMs);
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

  #start(): void {
    this.#timer = null;
    const controller = new AbortController();
    this.#running = { controller, done: this.#run(controller) };
  }

  async #run(controller: AbortController): Promise<void> {
    await this.#options.work(controller.signal);
    if (!controller.signal.aborted) this.#stops = 0;
    this.#running = null;
    if (!this.#again || this.#closed) return;
    this.#again = false;
    this.request();
  }
}
