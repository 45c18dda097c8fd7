import { describe, expect, test } from "vitest";

import { openTerminal, showsColor } from "../../../server/cli/terminal.ts";

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) > 0 };
}

const loud = { quiet: false, verbose: false };

describe("openTerminal", () => {
  test("writes progress over one line on a terminal and takes it away before a log", () => {
    const out = stream(true);
    const { log, progress, clear } = openTerminal(out, {}, loud);
    progress("Preparing", 0.25);
    log.warn("Slow.");
    clear();
    expect(out.written.slice(0, 2)).toEqual(["\r\u001B[KPreparing… 25 %", "\r\u001B[K"]);
    expect(out.written).toHaveLength(3);
  });

  test.for([
    ["in a pipe", false, {}, loud],
    ["in CI", true, { CI: "true" }, loud],
    ["when asked to be quiet", true, {}, { quiet: true, verbose: false }],
  ] as const)("shows no progress %s", ([, isTTY, env, wish]) => {
    const out = stream(isTTY);
    openTerminal(out, env, wish).progress("Preparing", 0.5);
    expect(out.written).toEqual([]);
  });

  test.for([
    [loud, ["warn", "error"]],
    [{ quiet: true, verbose: false }, ["error"]],
    [{ quiet: false, verbose: true }, ["debug", "info", "warn", "error"]],
  ] as const)("with %j tells %j", ([wish, levels]) => {
    const out = stream(false);
    const { log } = openTerminal(out, {}, wish);
    for (const level of ["debug", "info", "warn", "error"] as const) log[level]("Said.");
    expect(out.written).toEqual(levels.map((level) => `shipgate: ${level}: Said.\n`));
  });

  test("escapes fields, which may come from the repository", () => {
    const out = stream(false);
    const fields = { path: "\u001B[2J\u202E", count: 2, error: new Error("no\nway") };
    openTerminal(out, {}, loud).log.warn("Odd.", fields);
    expect(out.written.join("")).toBe(
      "shipgate: warn: Odd. (path=\\u{1b}[2J\\u{202e}, count=2, error=no\\u{a}way)\n",
    );
  });
});

describe("showsColor", () => {
  test.for([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
  ] as const)("on a terminal: %s, with %j: %s", ([isTTY, env, expected]) => {
    expect(showsColor(stream(isTTY), env)).toBe(expected);
  });
});
