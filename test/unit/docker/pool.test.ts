import { describe, expect, test } from "vitest";

import type { Pair } from "../../../server/adapters/docker/pair.ts";
import { createPool, type PairKind } from "../../../server/adapters/docker/pool.ts";
import { quiet } from "../../adapters/quiet-log.ts";

const kind = (boxImage: string): PairKind => ({
  keeperImage: "keeper",
  boxImage,
  limits: {
    memoryBytes: 1,
    cpus: 1,
    pids: 1,
    timeoutMs: 1,
    outputBytes: 1,
    workspaceBytes: 1,
    workspaceFiles: 1,
  },
  dependencies: null,
});
const [one, other] = [kind("one"), kind("other")];

interface Opened {
  readonly pair: Pair;
  readonly lose: (reason: string) => void;
  closed: boolean;
}

/** Pairs that do nothing but end. */
function makePool(
  options: { size?: number; idleMs?: number; selfTest?: () => Promise<unknown> } = {},
) {
  const opened: Opened[] = [];
  const { size = 2, idleMs = 60_000, selfTest = () => Promise.resolve({}) } = options;
  const open = async (): Promise<Pair> => {
    const lost = Promise.withResolvers<string>();
    const close = async (): Promise<void> => {
      made.closed = true;
    };
    const pair = { selfTest: selfTest(), lost: lost.promise, close } as unknown as Pair;
    const made: Opened = { pair, lose: lost.resolve, closed: false };
    opened.push(made);
    return pair;
  };
  return { opened, pool: createPool({ size, idleMs, open, log: quiet }) };
}

describe("createPool", () => {
  test("gives each pair once, and only of the kind that is asked for", async () => {
    const { opened, pool } = makePool();
    expect(pool.take(one)).toBeNull();
    pool.fill(one);
    pool.fill(one);
    await pool.settled();
    expect(opened).toHaveLength(2);
    expect(pool.take(other)).toBeNull();
    expect([pool.take(one), pool.take(one)]).toEqual(opened.map(({ pair }) => pair));
    expect(pool.take(one)).toBeNull();
    expect(opened.some(({ closed }) => closed)).toBe(false);
  });

  test("knows a kind by its content", async () => {
    const { pool } = makePool();
    pool.fill(one);
    await pool.settled();
    expect(pool.take({ ...one, limits: { ...one.limits, pids: 2 } })).toBeNull();
    expect(pool.take({ ...one, dependencies: { volume: "v", target: "t" } })).toBeNull();
    expect(pool.take(kind("one"))).not.toBeNull();
  });

  test("closes those of another kind when the kind changes, even while it fills", async () => {
    const { opened, pool } = makePool();
    pool.fill(one);
    pool.fill(other);
    await pool.settled();
    expect(pool.take(one)).toBeNull();
    expect([pool.take(other), pool.take(other)]).not.toContain(null);
    expect(opened.filter(({ closed }) => closed)).toHaveLength(opened.length - 2);
  });

  test("gives none that was lost", async () => {
    const { opened, pool } = makePool({ size: 1 });
    pool.fill(one);
    await pool.settled();
    opened[0]?.lose("the engine went away");
    await expect.poll(() => opened[0]?.closed).toBe(true);
    expect(pool.take(one)).toBeNull();
  });

  test("keeps none for longer than it may wait", async () => {
    const { opened, pool } = makePool({ size: 1, idleMs: 20 });
    pool.fill(one);
    await expect.poll(() => opened[0]?.closed).toBe(true);
    expect(pool.take(one)).toBeNull();
  });

  test("keeps none that could not test itself, and asks no further", async () => {
    const { opened, pool } = makePool({ selfTest: () => Promise.reject(new Error("no")) });
    pool.fill(one);
    await pool.settled();
    expect(opened.map(({ closed }) => closed)).toEqual([true]);
    expect(pool.take(one)).toBeNull();
  });

  test("closes all when it is closed, also what is on its way, and makes nothing more", async () => {
    const { opened, pool } = makePool();
    pool.fill(one);
    await pool.close();
    pool.fill(one);
    await pool.settled();
    expect(opened.every(({ closed }) => closed)).toBe(true);
    expect(pool.take(one)).toBeNull();
  });

  test("of size none makes none", async () => {
    const { opened, pool } = makePool({ size: 0 });
    pool.fill(one);
    await pool.settled();
    expect(opened).toEqual([]);
  });
});
