import type { Attribution } from "../../../server/core/attribution.ts";
import { addressOf } from "../../../server/core/digest.ts";
import type { EditStep } from "../../../server/core/line-authors.ts";

/**
 * Who truly wrote a line of the simulated file. `either`: a person typed what stood there since the
 * last report, which no account of texts can tell from leaving it.
 */
export type Author = "base" | "human" | "ai" | "either";
export interface TrueLine {
  readonly text: string;
  readonly author: Author;
}

export interface Replay {
  readonly base: string;
  readonly lines: readonly TrueLine[];
  readonly steps: readonly EditStep[];
}

const AI: Attribution = {
  kind: "ai",
  by: { agent: "claude-code", session: "s_1", model: "m" },
  source: "hook",
  confidence: "proven",
};
const HUMAN: Attribution = { kind: "human", source: "editor", confidence: "likely" };
const COMMON = ["}", "", "  }", "return null;", "  });", "} else {", "const result = [];"];
const WORDS = "alpha beta gamma delta order total price customer invoice export parse".split(" ");

/** The text of lines, each with its line end. */
export function textOf(lines: readonly TrueLine[]): string {
  return lines.map(({ text }) => `${text}\n`).join("");
}

/** A source of numbers that a seed determines (mulberry32). */
export function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/**
 * A person and an assistant work on one file by turns: they insert, change, delete, move, copy,
 * respace and undo. Every edit of the assistant is in the journal; the person's are there as typed,
 * as seen without an author, or not at all.
 */
export function simulate(seed: number, edits: number): Replay {
  const random = makeRandom(seed);
  let unique = 0;
  const newLine = (author: Author): TrueLine => {
    if (random(4) === 0) return { text: COMMON[random(COMMON.length)] ?? "", author };
    const words = Array.from({ length: 2 + random(3) }, () => WORDS[random(WORDS.length)]);
    return { text: `  ${words.join(".")}(${author}${(unique += 1)});`, author };
  };
  let lines: readonly TrueLine[] = Array.from({ length: 60 }, () => newLine("base"));
  const base = textOf(lines);
  const past: (readonly TrueLine[])[] = [lines];
  const steps: EditStep[] = [];
  let seen = lines;
  for (let index = 0; index < edits; index += 1) {
    const author: Author = random(2) === 0 ? "human" : "ai";
    const before = lines;
    lines = edit(lines, author, newLine, past, random);
    if (author === "human") lines = markRetyped(lines, before, seen);
    past.push(lines);
    const report = random(3);
    if (author === "human" && report === 0) continue;
    seen = lines;
    steps.push({
      address: addressOf({ index }),
      attribution: author === "ai" ? AI : report === 1 ? HUMAN : { kind: "unknown" },
      before: textOf(before),
      after: textOf(lines),
    });
  }
  return { base, lines, steps };
}

function edit(
  lines: readonly TrueLine[],
  author: Author,
  newLine: (author: Author) => TrueLine,
  past: readonly (readonly TrueLine[])[],
  random: (below: number) => number,
): readonly TrueLine[] {
  const at = random(lines.length + 1);
  const count = 1 + random(8);
  const fresh = Array.from({ length: count }, () => newLine(author));
  const some = lines.slice(at, at + count);
  const without = lines.toSpliced(at, count);
  switch (random(8)) {
    case 0:
      return lines.length > 40 ? without : lines.toSpliced(at, 0, ...fresh);
    case 1:
      return without.toSpliced(random(without.length + 1), 0, ...some);
    case 2:
      return lines.toSpliced(at, some.length, ...some.map(respace));
    case 3:
      return author === "human" ? (past.at(-1 - random(Math.min(3, past.length))) ?? lines) : lines;
    case 4:
      return lines.toSpliced(at, count, ...fresh);
    default:
      return lines.toSpliced(at, 0, ...fresh);
  }
}

function markRetyped(
  lines: readonly TrueLine[],
  before: readonly TrueLine[],
  seen: readonly TrueLine[],
): readonly TrueLine[] {
  const kept = new Set(before);
  const known = new Set([...before, ...seen].map(({ text }) => text.trim()));
  return lines.map((line) =>
    line.author === "human" && !kept.has(line) && known.has(line.text.trim())
      ? { ...line, author: "either" }
      : line,
  );
}

function respace(line: TrueLine): TrueLine {
  return line.text.trim() === "" ? line : { ...line, text: `  ${line.text}` };
}
