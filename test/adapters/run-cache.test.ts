import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openRunCache } from "../../server/adapters/ledger/run-cache.ts";
import { type Digest, sha256Digest } from "../../server/core/digest.ts";
import type { RunRecord } from "../../server/core/run.ts";
import { aRunRecord, aRunRequest } from "../fakes/run-record.ts";
import { makeFolder } from "./scratch-repository.ts";

function makeRecord(name: string, outputTail = ""): RunRecord {
  return aRunRecord({
    request: aRunRequest({ image: sha256Digest(name) }),
    durationMs: 12.5,
    end: { reason: "exited", code: 1 },
    tests: [{ name: "a › b", status: "failed", durationMs: 1, location: { path: "a", line: 3 } }],
    behaviours: [
      {
        kind: "connect",
        protocol: "tcp",
        address: "198.51.100.7",
        port: 443,
        process: "node",
        count: 2,
      },
      {
        kind: "connect",
        protocol: "icmp",
        address: "198.51.100.8",
        port: 0,
        process: "ping",
        count: 1,
        unseenByProbe: true,
      },
      {
        kind: "lookup",
        name: "x",
        type: "A",
        count: 1,
        stack: [{ path: "a", line: 1, column: 1 }],
      },
      { kind: "process", argv: ["sh"], count: 1 },
      { kind: "file", operation: "added", path: "x" },
    ],
    outputTail,
  });
}

const fileOf = (stateDir: string, key: Digest) =>
  join(stateDir, "cache/runs", `${key.slice("sha256:".length)}.json`);

describe("openRunCache", () => {
  test("gives back what was written, also to another process's cache", async () => {
    const stateDir = makeFolder();
    const record = makeRecord("a");
    await openRunCache(stateDir).write(record);
    expect(await openRunCache(stateDir).read(record.key)).toEqual(record);
    expect(await openRunCache(stateDir).read(makeRecord("b").key)).toBeNull();
  });

  test("keeps which runs belong to a plan", async () => {
    const cache = openRunCache(makeFolder());
    const pair = { base: makeRecord("a").key, head: makeRecord("b").key };
    await cache.writePair(sha256Digest("plan"), pair);
    expect(await cache.readPair(sha256Digest("plan"))).toEqual(pair);
    expect(await cache.readPair(sha256Digest("other"))).toBeNull();
  });

  const damaged: [string, (text: string) => string][] = [
    ["half of it", (text) => text.slice(0, text.length / 2)],
    ["nothing", () => ""],
    ["another request", (text) => text.replace('"npm"', '"true"')],
    ["a test outcome of another name", (text) => text.replace('"failed"', '"fine"')],
    ["a field that is not known", (text) => text.replace("{", '{"x":1,')],
    [
      "a self-test that is not one",
      (text) => text.replace('"writeDenied":true', '"writeDenied":1'),
    ],
  ];
  test.for(damaged)("does not use a record with %s", async ([, damage]) => {
    const stateDir = makeFolder();
    const record = makeRecord("a");
    const cache = openRunCache(stateDir);
    await cache.write(record);
    const file = fileOf(stateDir, record.key);
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    expect(await cache.read(record.key)).toBeNull();
  });

  test("does not use a record under another's name", async () => {
    const stateDir = makeFolder();
    const [a, b] = [makeRecord("a"), makeRecord("b")];
    const cache = openRunCache(stateDir);
    await cache.write(a);
    writeFileSync(fileOf(stateDir, b.key), readFileSync(fileOf(stateDir, a.key)));
    expect(await cache.read(b.key)).toBeNull();
  });

  test("removes what was not used for longest when it gets too large", async () => {
    const stateDir = makeFolder();
    const cache = openRunCache(stateDir, { bytes: 25_000 });
    const [a, b, c] = ["a", "b", "c"].map((name) => makeRecord(name, "x".repeat(10_000)));
    if (!a || !b || !c) throw new Error("no records");
    await cache.write(a);
    await cache.write(b);
    utimesSync(fileOf(stateDir, a.key), 1, 1);
    utimesSync(fileOf(stateDir, b.key), 2, 2);
    expect(await cache.read(a.key)).toEqual(a);
    await cache.write(c);
    expect(await cache.read(b.key)).toBeNull();
    expect(await cache.read(a.key)).toEqual(a);
    expect(await cache.read(c.key)).toEqual(c);
    expect(readdirSync(join(stateDir, "cache/runs")).some((name) => name.endsWith(".tmp"))).toBe(
      false,
    );
  });

  test("takes no key that is a path", async () => {
    const cache = openRunCache(makeFolder());
    await expect(cache.read("sha256:../../../etc/passwd")).rejects.toThrow(TypeError);
  });
});
