import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openJournal } from "../../server/adapters/ledger/journal.ts";
import { withLock } from "../../server/adapters/ledger/lock.ts";
import { addressOf } from "../../server/core/digest.ts";
import type { JournalBody, Log } from "../../server/engine/ports.ts";
import { quiet } from "./quiet-log.ts";
import { makeFolder } from "./scratch-repository.ts";

const clock = { now: () => "2026-11-23T10:00:00.000Z" };
const started = (session: string): JournalBody => ({
  kind: "session",
  event: "start",
  agent: "claude-code",
  session,
});
const open = (stateDir: string, log: Log = quiet) => openJournal(stateDir, { clock, log });
const entriesFile = (stateDir: string) => join(stateDir, "journal/entries.jsonl");

async function journalOf(...sessions: readonly string[]): Promise<string> {
  const stateDir = makeFolder();
  const journal = open(stateDir);
  for (const session of sessions) await journal.append(started(session));
  return stateDir;
}

function startWriter(stateDir: string, name: string, count: number) {
  const writer = join(import.meta.dirname, "journal-writer.ts");
  const child = spawn(process.execPath, [writer, stateDir, name, `${count}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kept: string[] = [];
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split("\n");
    rest = lines.pop() ?? "";
    kept.push(...lines);
  });
  return { child, kept, closed: once(child, "close") };
}

describe("a journal", () => {
  test("is empty where nothing was written", async () => {
    expect(await open(makeFolder()).read()).toEqual([]);
  });

  test("gives back entries in order, each with its address, each naming the one before", async () => {
    const stateDir = await journalOf("one", "two", "three");
    const entries = await open(stateDir).read();
    expect(entries.map(({ entry }) => entry.sequence)).toEqual([1, 2, 3]);
    expect(entries.map(({ entry }) => entry.body)).toEqual(["one", "two", "three"].map(started));
    expect(entries.map(({ entry }) => addressOf(entry))).toEqual(
      entries.map(({ address }) => address),
    );
    expect(entries.map(({ entry }) => entry.previous)).toEqual([
      null,
      entries[0]?.address,
      entries[1]?.address,
    ]);
  });

  test("sees what others append while it is open", async () => {
    const stateDir = await journalOf("one");
    const [mine, theirs] = [open(stateDir), open(stateDir)];
    expect(await mine.read()).toHaveLength(1);
    await theirs.append(started("two"));
    const [a, b] = await Promise.all([mine.read(), mine.read()]);
    expect(a).toHaveLength(2);
    expect(b).toEqual(a);
  });

  test("keeps many appends of one process at once", async () => {
    const stateDir = makeFolder();
    const journal = open(stateDir);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => journal.append(started(`${index}`))),
    );
    expect(await journal.read()).toHaveLength(40);
  });

  test.for<[string, JournalBody]>([
    ["too large a value", started("x".repeat(100_000))],
    [
      "a path of a place that is no object",
      {
        kind: "edit",
        edit: {
          path: "a",
          before: "--evil",
          after: null,
          time: clock.now(),
          attribution: { kind: "unknown" },
          origin: "test",
        },
      },
    ],
    ["an unknown kind", { kind: "evil" } as unknown as JournalBody],
  ])("refuses %s and stays whole", async ([, body]) => {
    const stateDir = await journalOf("one");
    const journal = open(stateDir);
    await expect(journal.append(body)).rejects.toMatchObject({ code: "bad-input" });
    await journal.append(started("two"));
    expect(await journal.read()).toHaveLength(2);
  });
});

describe("a torn last line", () => {
  test.for(['{"body":{"kind":"ru', "\0\0\0\0", "x"])(
    "%j is skipped by a reader and moved aside by the next writer, who says so",
    async (torn) => {
      const stateDir = await journalOf("one", "two");
      appendFileSync(entriesFile(stateDir), torn);
      const warnings: string[] = [];
      const journal = open(stateDir, { ...quiet, warn: (message) => warnings.push(message) });
      expect(await journal.read()).toHaveLength(2);
      await journal.append(started("three"));
      expect((await journal.read()).map(({ entry }) => entry.sequence)).toEqual([1, 2, 3]);
      expect(await open(stateDir).read()).toHaveLength(3);
      expect(warnings).toEqual(["Moved a torn line of the journal aside."]);
      const folder = join(stateDir, "journal");
      const aside = readdirSync(folder).find((name) => name.startsWith("torn-")) ?? "";
      expect(readFileSync(join(folder, aside), "utf8")).toBe(torn);
    },
  );

  test("is mended where it is the only line", async () => {
    const stateDir = makeFolder();
    mkdirSync(join(stateDir, "journal"));
    writeFileSync(entriesFile(stateDir), '{"bod');
    await open(stateDir).append(started("one"));
    expect(await open(stateDir).read()).toHaveLength(1);
  });
});

describe("a journal that was changed afterwards", () => {
  const tampered: [string, (lines: string[]) => string[], number][] = [
    ["another value", (lines) => lines.with(1, lines[1]?.replace("two", "2wo") ?? ""), 3],
    ["a line taken out", (lines) => lines.toSpliced(1, 1), 2],
    ["two lines swapped", (lines) => lines.with(1, lines[2] ?? "").with(2, lines[1] ?? ""), 2],
    ["the first line taken out", (lines) => lines.slice(1), 1],
    ["a line that is no entry", (lines) => lines.with(2, "hello"), 3],
    ["a line twice", (lines) => lines.toSpliced(2, 0, lines[1] ?? ""), 3],
    ["spaces put in", (lines) => lines.with(0, ` ${lines[0] ?? ""}`), 2],
    ["a field put in", (lines) => lines.with(3, lines[3]?.replace("{", '{"a":1,') ?? ""), 4],
  ];
  test.for(tampered)("%s: the error names the line", async ([, change, line]) => {
    const stateDir = await journalOf("one", "two", "three", "four");
    const lines = readFileSync(entriesFile(stateDir), "utf8").trimEnd().split("\n");
    writeFileSync(
      entriesFile(stateDir),
      change(lines)
        .map((text) => `${text}\n`)
        .join(""),
    );
    await expect(open(stateDir).read()).rejects.toMatchObject({
      code: "journal-broken",
      message: expect.stringContaining(`line ${line} `),
    });
  });

  test("still takes what is observed, and goes on saying that it is broken", async () => {
    const stateDir = await journalOf("one", "two");
    appendFileSync(entriesFile(stateDir), "hello\n");
    const journal = open(stateDir);
    await expect(journal.read()).rejects.toMatchObject({ code: "journal-broken" });
    await journal.append(started("kept"));
    expect(readFileSync(entriesFile(stateDir), "utf8")).toContain('"session":"kept"');
    await expect(journal.read()).rejects.toMatchObject({
      message: expect.stringContaining("line 3 "),
    });
  });
});

describe("several processes on one journal", () => {
  test("lose nothing and keep the chain, though some are killed in the middle", async () => {
    const stateDir = makeFolder();
    const writers = Array.from({ length: 4 }, (_, index) => startWriter(stateDir, `w${index}`, 60));
    const victims = Array.from({ length: 3 }, (_, index) =>
      startWriter(stateDir, `v${index}`, 1e6),
    );
    for (const [index, victim] of victims.entries()) {
      while (victim.kept.length < 10 * (index + 1)) await once(victim.child.stdout, "data");
      victim.child.kill("SIGKILL");
    }
    await Promise.all([...writers, ...victims].map(({ closed }) => closed));
    const journal = open(stateDir);
    await journal.append(started("after the storm"));
    const entries = await journal.read();
    const seen = new Set(
      entries.map(({ entry: { body } }) =>
        body.kind === "session" ? `${body.agent} ${body.session}` : "",
      ),
    );
    expect(seen.size).toBe(entries.length);
    for (const [name, writer] of [
      ...writers.map((one, index) => [`w${index}`, one] as const),
      ...victims.map((one, index) => [`v${index}`, one] as const),
    ]) {
      expect(writer.kept.length).toBeGreaterThan(0);
      for (const index of writer.kept) expect(seen.has(`${name} ${index}`)).toBe(true);
    }
    expect(writers.map(({ kept }) => kept.length)).toEqual([60, 60, 60, 60]);
    expect(readdirSync(join(stateDir, "journal/lock")).length).toBeLessThan(10);
  });

  test("take over a lock whose holder is gone, however its process id is used now", async () => {
    const folder = join(makeFolder(), "lock");
    await withLock(folder, async () => {});
    const held = join(folder, "held-2");
    const { pid } = process;
    writeFileSync(held, JSON.stringify({ pid, started: "12", place: "elsewhere" }));
    const foreign = readFileSync(held, "utf8");
    expect(foreign).toContain("elsewhere");
    let identity = "";
    await withLock(join(folder, "other"), async () => {
      identity = readFileSync(join(folder, "other/held-1"), "utf8");
    });
    const own = JSON.parse(identity) as { place: string };
    writeFileSync(held, JSON.stringify({ pid, started: "12", place: own.place }));
    let ran = false;
    await withLock(folder, async () => void (ran = true));
    expect(ran).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith("held-"))).toEqual(["held-3"]);
  });

  test("hold each other off: work under one lock never overlaps", async () => {
    const folder = join(makeFolder(), "lock");
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, () =>
        withLock(folder, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setTimeout(resolve, 3));
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  test("let go of the lock when the work fails", async () => {
    const folder = join(makeFolder(), "lock");
    const failing = withLock(folder, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await withLock(folder, () => Promise.resolve("yes"))).toBe("yes");
  });
});

describe("onChange", () => {
  test("calls back for another's append, and no more once it was stopped", async () => {
    const stateDir = makeFolder();
    let calls = 0;
    let wake = (): void => {};
    const called = new Promise<void>((resolve) => (wake = resolve));
    const stop = open(stateDir).onChange(() => {
      calls += 1;
      wake();
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await open(stateDir).append(started("one"));
    await called;
    stop();
    const before = calls;
    await open(stateDir).append(started("two"));
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(calls).toBe(before);
    expect(existsSync(entriesFile(stateDir))).toBe(true);
  });
});
