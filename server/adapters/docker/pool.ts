import { addressOf } from "../../core/digest.ts";
import type { Log } from "../../engine/ports.ts";
import type { PairSettings } from "./containers.ts";
import type { Pair } from "./pair.ts";

/** What makes two pairs the same: all but the labels, which say whose and until when. */
export type PairKind = Omit<PairSettings, "labels" | "lifetimeMs">;

/** Pairs that wait for work, started and proven. */
export interface PairPool {
  /** A ready pair of a kind, which is the caller's from then on; null where none waits. */
  take(kind: PairKind): Pair | null;
  /** Makes ready, in the background, pairs of the kind that was asked for last; others are closed. */
  fill(kind: PairKind): void;
  /** Settles when nothing is being made ready. */
  settled(): Promise<void>;
  /** Closes all that wait; nothing is made ready any more. */
  close(): Promise<void>;
}

export interface PoolOptions {
  /** How many pairs wait at most; 0: none ever does. */
  readonly size: number;
  /** After so many milliseconds without being taken a pair is closed, and not replaced. */
  readonly idleMs: number;
  readonly open: (kind: PairKind) => Promise<Pair>;
  readonly log: Log;
}

interface Waiting {
  readonly key: string;
  readonly pair: Pair;
  readonly timer: NodeJS.Timeout;
}

/**
 * A small pool. A pair that waits costs memory, so there are few, of one kind, and not for long. One
 * serves a single run: nothing of a run is left for the next. When the client dies, keeper and box
 * end by themselves, waiting or not.
 */
export function createPool({ size, idleMs, open, log }: PoolOptions): PairPool {
  const waiting = new Set<Waiting>();
  let filling: Promise<void> | null = null;
  let isClosed = false;
  const state: { wanted: { readonly key: string; readonly kind: PairKind } | null } = {
    wanted: null,
  };
  const drop = async (one: Waiting): Promise<void> => {
    waiting.delete(one);
    clearTimeout(one.timer);
    await one.pair.close();
  };
  const keep = (key: string, pair: Pair): void => {
    const timer = setTimeout(() => void drop(one), idleMs);
    // It is no reason for this process to stay.
    timer.unref();
    const one = { key, pair, timer };
    waiting.add(one);
    void pair.lost.then(() => (waiting.has(one) ? drop(one) : undefined));
  };
  const fillUp = async (): Promise<void> => {
    while (state.wanted !== null && waiting.size < size) {
      const { key, kind } = state.wanted;
      const pair = await open(kind);
      try {
        await pair.selfTest;
      } catch (error) {
        await pair.close();
        throw error;
      }
      // Another kind may have been asked for meanwhile.
      if (state.wanted?.key !== key) await pair.close();
      else keep(key, pair);
    }
  };
  return {
    take(kind) {
      const key = addressOf(kind);
      const one = [...waiting].find((each) => each.key === key);
      if (one === undefined) return null;
      waiting.delete(one);
      clearTimeout(one.timer);
      return one.pair;
    },
    fill(kind) {
      if (isClosed || size === 0) return;
      const key = addressOf(kind);
      state.wanted = { key, kind };
      for (const one of waiting) if (one.key !== key) void drop(one);
      filling ??= fillUp()
        .catch((error: unknown) => log.debug("No box was made ready.", { error: String(error) }))
        .finally(() => {
          filling = null;
        });
    },
    settled: async () => {
      await filling;
    },
    async close() {
      isClosed = true;
      state.wanted = null;
      await Promise.all([filling, ...[...waiting].map(drop)]);
    },
  };
}
