import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import type { Behaviour, RunRecord } from "../../../server/core/run.ts";
import { engine, type Files, leftBy, runInBox } from "../box.ts";
import type { Attack } from "./attack.ts";
import { ATTACKS } from "./table.ts";

const scratch = mkdtempSync(join(tmpdir(), "shipgate-attacks-"));
const program = compile();

/** A secret of the host, where every process of the host can read it. */
const canary = `canary-${crypto.randomUUID()}`;
const canaryFile = join(scratch, "canary");
writeFileSync(canaryFile, canary, { mode: 0o644 });
process.env["SHIPGATE_CANARY_TOKEN"] = canary;
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The compiled attacks; null without a compiler, which is said aloud. */
function compile(): Buffer | null {
  const file = join(scratch, "attack");
  try {
    execFileSync("gcc", [
      "-static",
      "-O1",
      "-w",
      "-o",
      file,
      join(import.meta.dirname, "attacks.c"),
    ]);
    return readFileSync(file);
  } catch (error) {
    console.warn(`Skipped the compiled attacks, no C compiler: ${String(error)}`);
    return null;
  }
}

/** How the attacks of one language are brought into a box and called there. */
function callOf(attack: Attack, at: number): { readonly files: Files; readonly command: string } {
  switch (attack.language) {
    case "C":
      return { files: {}, command: `./attack ${attack.code}` };
    case "Node": {
      const name = `attack-${at}.${attack.code.includes("import ") || attack.code.includes("await ") ? "mjs" : "cjs"}`;
      return { files: { [name]: attack.code }, command: `node --no-deprecation ${name}` };
    }
    case "shell":
      return { files: { [`attack-${at}.sh`]: attack.code }, command: `bash attack-${at}.sh` };
  }
}

const timed = (command: string): string => `timeout -k 1 20 ${command}`;
const mark = (at: number): string => `=== attack ${at} ===`;

/** Runs attacks one after the other in one box, and gives what each printed. */
async function runTogether(
  attacks: readonly Attack[],
): Promise<{ record: RunRecord; said: readonly string[] }> {
  const calls = attacks.map(callOf);
  const script = calls.map(
    ({ command }, at) =>
      `echo '${mark(at)}'; CANARY_FILE='${canaryFile}' ${timed(command)} 2>&1; cd /workspace`,
  );
  const files: Files = Object.assign(
    { "all.sh": `${script.join("\n")}\necho '${mark(attacks.length)}'\n` },
    program && { attack: { binary: program } },
    ...calls.map((call) => call.files),
  );
  const record = await runInBox(files, ["bash", "all.sh"], {
    timeoutMs: 120_000,
    workspaceFiles: 6000,
  });
  const said = attacks.map((_, at) => {
    const from = record.outputTail.indexOf(mark(at)) + mark(at).length + 1;
    return record.outputTail.slice(from, record.outputTail.indexOf(mark(at + 1)));
  });
  return { record, said };
}

function tell(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case "connect":
      return `connect ${behaviour.address}:${behaviour.port}`;
    case "lookup":
      return `lookup ${behaviour.name}`;
    case "process":
      return `process ${behaviour.argv.join(" ")}`;
    case "file":
      return `file ${behaviour.operation} ${behaviour.path}`;
  }
}

function expectSeen({ behaviours }: RunRecord, seen: string | undefined): void {
  if (seen === undefined) return;
  const told = behaviours.map(tell);
  expect(
    told.filter((one) => one.startsWith(seen)),
    told.join("\n"),
  ).not.toEqual([]);
}

/** What an attack on the machine itself would change. */
function stateOfHost(): unknown {
  const read = (path: string): string =>
    existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  return {
    settings: ["hostname", "core_pattern", "modprobe", "randomize_va_space"].map((name) =>
      read(`/proc/sys/kernel/${name}`),
    ),
    forwards: read("/proc/sys/net/ipv4/ip_forward"),
    mounts: read("/proc/self/mounts")
      .split("\n")
      .filter((line) => !line.includes("docker")),
    modules: read("/proc/modules").split("\n").length,
    canary: read(canaryFile),
  };
}

describe.skipIf(!engine)("an attack in a box", () => {
  const before = stateOfHost();
  const records: RunRecord[] = [];

  for (const language of ["C", "shell", "Node"] as const) {
    const attacks = ATTACKS.filter((one) => one.language === language && !one.alone);
    describe.skipIf(language === "C" && program === null)(`in ${language}`, () => {
      let ran: Awaited<ReturnType<typeof runTogether>>;
      test("all run in one box to the script's own end", async () => {
        ran = await runTogether(attacks);
        records.push(ran.record);
        expect(ran.record.end).toEqual({ reason: "exited", code: 0 });
      });
      test.for(attacks.map((attack, at) => [attack.name, attack, at] as const))(
        "%s",
        ([, attack, at]) => {
          expect(ran.said[at]).not.toContain("ESCAPED");
          expect(ran.said[at]).toMatch(attack.says);
          expectSeen(ran.record, attack.seen);
          expectSeen(ran.record, `process ${timed(callOf(attack, at).command)}`);
        },
      );
    });
  }

  test.for(
    ATTACKS.flatMap((attack) =>
      attack.alone ? [[attack.name, attack, attack.alone] as const] : [],
    ),
  )("%s", async ([, attack, { ends, limits }]) => {
    const { files, command } = callOf(attack, 0);
    const record = await runInBox(files, command.split(" "), limits);
    records.push(record);
    expect(ends).toContain(record.end.reason);
    expect(record.outputTail).toMatch(attack.says);
    expectSeen(record, attack.seen);
    expectSeen(record, `process ${command}`);
    expect(record.behaviours.map(tell)).not.toContain("file added late.txt");
  });

  test("leaves the host as it was, knows none of its secrets, and leaves nothing behind", async () => {
    expect(records.length).toBeGreaterThan(10);
    expect(JSON.stringify(records)).not.toContain(canary);
    expect(stateOfHost()).toEqual(before);
    await expect.poll(() => leftBy(process.pid), { timeout: 30_000 }).toEqual([]);
  });
});
