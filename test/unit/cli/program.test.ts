import { describe, expect, test } from "vitest";

import type { Command, Invocation } from "../../../server/cli/command.ts";
import { runProgram } from "../../../server/cli/program.ts";
import { GateError } from "../../../server/engine/errors.ts";

type Run = (invocation: Invocation) => Promise<0 | 1 | 2 | 3>;

function command(run: Run, more: Partial<Command> = {}): Command {
  return { name: "try", summary: "Try.", options: {}, load: async () => ({ run }), ...more };
}

async function call(commands: readonly Command[], argv: readonly string[], signal?: AbortSignal) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    isTTY: false,
    write(text: string, done?: () => void) {
      written[name] += text;
      done?.();
      return true;
    },
  });
  const code = await runProgram(commands, argv, {
    cwd: import.meta.dirname,
    env: {},
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    signal: signal ?? new AbortController().signal,
  });
  return { code, ...written };
}

describe("runProgram", () => {
  test("hands a command its options, operands and what follows --", async () => {
    let seen: Partial<Invocation> = {};
    const options = {
      base: { type: "string", value: "REV", description: "" },
      staged: { type: "boolean", description: "" },
    } as const;
    const run: Run = async ({ strings, flags, operands, rest }) => {
      seen = { strings, flags, operands, rest };
      return 2;
    };
    const taking = command(run, {
      options,
      operands: { usage: "PATH", min: 1, max: 1 },
      takesRest: true,
    });
    const argv = ["--verbose", "try", "--base=main", "src", "--staged", "--", "node", "--help"];
    expect((await call([taking], argv)).code).toBe(2);
    expect(seen).toEqual({
      strings: { base: "main" },
      flags: new Set(["verbose", "staged"]),
      operands: ["src"],
      rest: ["node", "--help"],
    });
  });

  test("takes what follows -- as operands where a command runs nothing", async () => {
    let seen: readonly string[] = [];
    const run: Run = async ({ operands }) => {
      seen = operands;
      return 0;
    };
    const reading = command(run, { operands: { usage: "FILE", min: 1, max: 1 } });
    expect((await call([reading], ["try", "--", "--odd-name"])).code).toBe(0);
    expect(seen).toEqual(["--odd-name"]);
  });

  test("tells what a GateError says and exits 3", async () => {
    const failing = command(async () => {
      throw new GateError("bad-input", "It is \u001B[2Jbroken.", { remedy: "Mend it." });
    });
    expect(await call([failing], ["try"])).toEqual({
      code: 3,
      stdout: "",
      stderr: "shipgate: It is \\u{1b}[2Jbroken.\n  → Mend it.\n",
    });
  });

  test("owns up to a bug, with the stack only when asked", async () => {
    const failing = command(async () => {
      throw new Error("Oh.", { cause: new Error("Deeper.") });
    });
    const short = await call([failing], ["try"]);
    expect(short.code).toBe(3);
    expect(short.stderr).toContain("This is a mistake in Shipgate: Oh.");
    expect(short.stderr).not.toContain("program.test");
    const long = await call([failing], ["try", "--verbose"]);
    expect(long.stderr).toMatch(/program\.test[^]*Deeper\./);
  });

  test("says that it was cancelled, whatever the command threw", async () => {
    const controller = new AbortController();
    const waiting = command(async ({ signal }) => {
      controller.abort();
      signal.throwIfAborted();
      return 0;
    });
    const end = await call([waiting], ["try"], controller.signal);
    expect(end.code).toBe(3);
    expect(end.stderr).toContain("cancelled");
    expect(end.stderr).not.toContain("mistake");
  });

  test("prefers the command with the longer name", async () => {
    const one = command(async () => 0, { name: "image" });
    const two = command(async () => 1, { name: "image build" });
    expect((await call([one, two], ["image", "build"])).code).toBe(1);
    expect((await call([one, two], ["image"])).code).toBe(0);
  });
});
