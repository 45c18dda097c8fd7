/** What to do after the server's process ended unasked. */
export type AfterCrash =
  | { readonly restart: true; readonly delayMs: number }
  | { readonly restart: false };

const MOST_CRASHES = 6;
const WITHIN_MS = 5 * 60_000;
const FIRST_DELAY_MS = 250;

/**
 * Decides on restarts: at once after a lone crash, later and later while it keeps crashing, and not
 * any more after six crashes in five minutes. `crashes` are their times in milliseconds, the last one now.
 */
export function afterCrash(crashes: readonly number[]): AfterCrash {
  const now = crashes.at(-1) ?? 0;
  const recent = crashes.filter((time) => now - time < WITHIN_MS).length;
  if (recent >= MOST_CRASHES) return { restart: false };
  return { restart: true, delayMs: recent <= 1 ? 0 : FIRST_DELAY_MS * 2 ** (recent - 1) };
}

/** Runs restarts one after the other; while one is under way, any number of requests is one more. */
export class RestartQueue {
  readonly #restart: () => Promise<void>;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(restart: () => Promise<void>) {
    this.#restart = restart;
  }

  /** Settles when a restart that began after this call has ended. */
  request(): Promise<void> {
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    const running = this.#restart().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }
}
