import { describe, expect, test } from "vitest";

import { ReviewQueue } from "../../../server/lsp/review-queue.ts";

/** Reviews that end when the test says so, or when they are stopped. */
function conducted() {
  const started: { readonly signal: AbortSignal; readonly finish: () => void }[] = [];
  const waiting: (() => void)[] = [];
  const work = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      started.push({ signal, finish: resolve });
      for (const wake of waiting.splice(0)) wake();
    });
  const reached = async (count: number) => {
    while (started.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { started, work, reached };
}

describe("ReviewQueue", () => {
  test("makes one review of many quick requests", async () => {
    const { started, work, reached } = conducted();
    const queue = new ReviewQueue({ delayMs: 1, work });
    for (let request = 0; request < 50; request += 1) queue.request();
    await reached(1);
    started[0]?.finish();
    await queue.close();
    expect(started).toHaveLength(1);
  });

  test("stops the one under way when a newer request comes, and makes that one", async () => {
    const { started, work, reached } = conducted();
    const queue = new ReviewQueue({ delayMs: 0, work });
    queue.request();
    await reached(1);
    queue.request();
    expect(started[0]?.signal.aborted).toBe(true);
    await reached(2);
    expect(started[1]?.signal.aborted).toBe(false);
    await queue.close();
  });

  test("starts at once after a quiet time, and lets what has only begun show its result", async () => {
    const { started, work, reached } = conducted();
    const queue = new ReviewQueue({ delayMs: 3_600_000, work });
    queue.request();
    queue.request();
    await reached(1);
    queue.request();
    expect(started[0]?.signal.aborted).toBe(false);
    started[0]?.finish();
    // The request that came meanwhile waits for its quiet time, which this test does not see.
    await expect.poll(() => queue.busy).toBe(true);
    expect(started).toHaveLength(1);
    await queue.close();
    expect(queue.busy).toBe(false);
  });

  test("lets one through after a few stops, so that steady requests do not starve it", async () => {
    const { started, work, reached } = conducted();
    const queue = new ReviewQueue({ delayMs: 0, work });
    queue.request();
    for (let round = 1; round <= 4; round += 1) {
      await reached(round);
      queue.request();
    }
    expect(started.map(({ signal }) => signal.aborted)).toEqual([true, true, true, false]);
    started[3]?.finish();
    await reached(5);
    await queue.close();
  });

  test("closed, stops what runs and takes nothing more", async () => {
    const { started, work, reached } = conducted();
    const queue = new ReviewQueue({ delayMs: 0, work });
    queue.request();
    await reached(1);
    await queue.close();
    queue.request();
    expect(queue.busy).toBe(false);
    expect(started[0]?.signal.aborted).toBe(true);
  });
});
