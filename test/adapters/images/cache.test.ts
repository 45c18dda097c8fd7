import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import {
  defaultCacheDir,
  defaultStateDir,
  readJson,
  sweepTemporaries,
  withLock,
  writeWhole,
} from "../../../server/adapters/images/cache.ts";

const never = new AbortController().signal;
const silent = (): void => undefined;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipgate-cache-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the default folders", () => {
  test("follow the XDG base directories, absolute ones only", () => {
    expect(defaultCacheDir({ XDG_CACHE_HOME: "/c" })).toBe("/c/shipgate/images");
    expect(defaultStateDir({ XDG_STATE_HOME: "/s" })).toBe("/s/shipgate/images");
    expect(defaultCacheDir({ XDG_CACHE_HOME: "c" })).toMatch(/\/\.cache\/shipgate\/images$/);
  });
});

describe("writeWhole and readJson", () => {
  const schema = z.strictObject({ a: z.number() });

  test("keep a record and leave no other file", async () => {
    await writeWhole(join(folder, "deep", "x.json"), '{"a":1}');
    expect(await readJson(join(folder, "deep", "x.json"), schema)).toEqual({ a: 1 });
    expect(await readdir(join(folder, "deep"))).toEqual(["x.json"]);
  });

  test.for(["", "{", '{"a":"1"}', '{"a":1,"b":2}'])(
    "do not use a broken record: %j",
    async (text) => {
      await writeFile(join(folder, "x.json"), text);
      expect(await readJson(join(folder, "x.json"), schema)).toBeNull();
    },
  );
});

describe("sweepTemporaries", () => {
  test("removes what was left half-done and nothing else", async () => {
    await mkdir(join(folder, "layers"));
    await mkdir(join(folder, "npm", "fetch-abc"), { recursive: true });
    await writeFile(join(folder, "layers", "new.1.aa.tmp"), "half");
    await writeFile(join(folder, "layers", "ab.tar"), "whole");
    await sweepTemporaries(folder);
    expect(await readdir(join(folder, "layers"))).toEqual(["ab.tar"]);
    expect(await readdir(join(folder, "npm"))).toEqual([]);
  });
});

describe("withLock", () => {
  test("does one piece of work at a time", async () => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} starts`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      events.push(`${name} ends`);
    };
    await Promise.all([
      withLock(folder, silent, never, work("one")),
      withLock(folder, silent, never, work("two")),
    ]);
    expect(events[1]).toBe(events[0]?.replace("starts", "ends"));
    expect(events).toHaveLength(4);
  });

  test("is free again when the work fails", async () => {
    const failing = withLock(folder, silent, never, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    await expect(withLock(folder, silent, never, () => Promise.resolve(1))).resolves.toBe(1);
  });

  test("takes over the lock of a process that was killed", async () => {
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    await writeFile(join(folder, "lock"), String(gone));
    await expect(withLock(folder, silent, never, () => Promise.resolve(1))).resolves.toBe(1);
  });

  test("takes over a lock whose writer died before it wrote its name", async () => {
    await writeFile(join(folder, "lock"), "");
    await utimes(join(folder, "lock"), 0, 0);
    await expect(withLock(folder, silent, never, () => Promise.resolve(1))).resolves.toBe(1);
  });

  test("says that it waits, stops when told to, and leaves the other's lock alone", async () => {
    await writeFile(join(folder, "lock"), String(process.pid));
    const controller = new AbortController();
    const said: string[] = [];
    const waiting = withLock(
      folder,
      (message) => {
        said.push(message);
        controller.abort();
      },
      controller.signal,
      () => Promise.resolve(1),
    );
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    expect(said).toEqual(["Waiting for another build on this machine"]);
    expect(await readFile(join(folder, "lock"), "utf8")).toBe(String(process.pid));
  });
});
