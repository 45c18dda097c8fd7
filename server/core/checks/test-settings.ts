import { readJson, valueOf } from "../../ecosystems/npm/json.ts";
import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { lineLocation } from "../location.ts";
import { printable } from "../printable.ts";
import { firstChange, textAfter, textBefore } from "./changed-text.ts";
import { type CheckInput, finding } from "./check.ts";
import { demandsCoverage, findLowered, passesAlways, readDemands } from "./tests/thresholds.ts";

const LIMITS = { length: 1024 * 1024, depth: 64 };
const TEST_SCRIPTS = /^(?:pre|post)?(?:test|check|verify|ci|coverage|lint|typecheck)(?::.*)?$/u;

/** Demands on the tests that a configuration lowers: coverage, and test scripts that can no longer fail. */
export function findRelaxedTests(input: CheckInput, file: ChangedFile): readonly Finding[] {
  const { before, after } = file;
  const [old, text] = [textBefore(input, file), textAfter(input, file)];
  if (before === null || old === null || !demandsCoverage(before.path)) return [];
  if (after !== null && text === null) return [];
  const path = after?.path ?? file.path;
  const lowered = findLowered(readDemands(before.path, old), readDemands(path, text ?? ""));
  const found = lowered.map(({ from, to }) =>
    finding({
      rule: "policy/test-weakened",
      subject: `coverage ${from.name}`,
      message: `The coverage that is demanded ${to === null ? "is gone" : "was lowered"}: ${printable(from.name)} was ${from.value}${to === null ? "" : `, now it is ${to.value}`}.`,
      location: to === null ? firstChange(file) : lineLocation(path, to.line),
    }),
  );
  return path.endsWith("package.json") && text !== null
    ? [...found, ...scriptsOf(path, old, text)]
    : found;
}

function scriptsOf(path: string, old: string, text: string): readonly Finding[] {
  const { root, lines } = readJson(text, LIMITS);
  const before = valueOf(readJson(old, LIMITS).root ?? undefined, "scripts");
  const scripts = valueOf(root ?? undefined, "scripts");
  return (scripts?.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    const name = String(key?.value);
    const was: unknown = valueOf(before, name)?.value;
    if (key === undefined || !TEST_SCRIPTS.test(name) || typeof was !== "string") return [];
    if (typeof value?.value !== "string" || !passesAlways(was, value.value)) return [];
    return [
      finding({
        rule: "policy/test-weakened",
        subject: `script ${name}`,
        message: `The script "${printable(name)}" can no longer fail, whatever the tests say.`,
        location: lineLocation(path, lines.lineAt(key.offset)),
      }),
    ];
  });
}
