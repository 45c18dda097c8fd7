import { describe, expect, test } from "vitest";

import { afterCrash, RestartQueue } from "../../../extension/restarts.ts";

describe("afterCrash", () => {
  test("restarts at once after a lone crash", () => {
    expect(afterCrash([1000])).toEqual({ restart: true, delayMs: 0 });
  });

  test("waits longer each time while it keeps crashing, then gives up", () => {
    const crashes: number[] = [];
    const delays: (number | null)[] = [];
    for (let crash = 0; crash < 6; crash += 1) {
      crashes.push(crash * 1000);
      const decision = afterCrash(crashes);
      delays.push(decision.restart ? decision.delayMs : null);
    }
    expect(delays).toEqual([0, 500, 1000, 2000, 4000, null]);
  });

  test("forgets crashes of long ago", () => {
    const old = [0, 1, 2, 3, 4, 5];
    expect(afterCrash([...old, 10 * 60_000])).toEqual({ restart: true, delayMs: 0 });
  });
});

describe("RestartQueue", () => {
  test("makes any number of requests while one runs into one more", async () => {
    const releases: (() => void)[] = [];
    const queue = new RestartQueue(() => new Promise((resolve) => releases.push(resolve)));
    const first = queue.request();
    const later = [queue.request(), queue.request(), queue.request()];
    expect(releases).toHaveLength(1);
    releases[0]?.();
    await first;
    await Promise.resolve();
    expect(releases).toHaveLength(2);
    releases[1]?.();
    await Promise.all(later);
    expect(releases).toHaveLength(2);
  });

  test("goes on after a restart that failed", async () => {
    let count = 0;
    const queue = new RestartQueue(async () => {
      count += 1;
      if (count === 1) throw new Error("no");
    });
    const failing = queue.request();
    const next = queue.request();
    await expect(failing).rejects.toThrow("no");
    await next;
    expect(count).toBe(2);
  });
});
