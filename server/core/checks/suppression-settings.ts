import type { Node } from "jsonc-parser";

import { entriesOf, readJson } from "../../ecosystems/npm/json.ts";
import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { lineLocation } from "../location.ts";
import { printable } from "../printable.ts";
import { textAfter, textBefore } from "./changed-text.ts";
import { type CheckInput, finding } from "./check.ts";

const LIMITS = { length: 1024 * 1024, depth: 64 };
const SETTINGS =
  /(?:^|\/)(?:[tj]sconfig[^/]*\.json|\.(?:eslintrc|oxlintrc|stylelintrc)(?:\.json[c5]?)?|(?:biome|deno)\.jsonc?|package\.json)$/u;
/** Options of the TypeScript compiler that find mistakes. */
const STRICT =
  /^(?:strict\w*|noImplicit\w*|noUnused\w*|noUnchecked\w*|noFallthrough\w*|exactOptionalPropertyTypes|useUnknownInCatchVariables|alwaysStrict|checkJs|noPropertyAccessFromIndexSignature)$/u;

interface Setting {
  readonly isOff: boolean;
  readonly offset: number;
}

/** Rules of linters, and strict options of the compiler, that a configuration turns off. */
export function findTurnedOff(input: CheckInput, file: ChangedFile): readonly Finding[] {
  const path = file.after?.path;
  const [old, text] = [textBefore(input, file), textAfter(input, file)];
  if (path === undefined || text === null || old === null || !SETTINGS.test(path)) return [];
  const { root, lines } = readJson(text, LIMITS);
  const before = settingsOf(readJson(old, LIMITS).root ?? undefined);
  return [...settingsOf(root ?? undefined)].flatMap(([name, { isOff, offset }]) => {
    if (!isOff || before.get(name)?.isOff === true) return [];
    return [
      finding({
        rule: "policy/suppression-added",
        subject: name,
        message: `The configuration turns ${printable(name.slice(name.lastIndexOf(" ") + 1), 80)} off.`,
        location: lineLocation(path, lines.lineAt(offset)),
      }),
    ];
  });
}

/** Every setting by its place in the file: the names of the objects around it, and its own. */
function settingsOf(root: Node | undefined): ReadonlyMap<string, Setting> {
  const found = new Map<string, Setting>();
  const open: { node: Node | undefined; within: readonly string[] }[] = [
    { node: root, within: [] },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, within } = next;
    const isRules = within.includes("rules");
    const isOptions = within.at(-1) === "compilerOptions";
    for (const { key, value } of entriesOf(node)) {
      const name = String(key.value);
      const place = [...within, name].join(" ");
      if (isRules && isOffRule(value)) found.set(place, { isOff: true, offset: key.offset });
      else if (isOptions && STRICT.test(name))
        found.set(place, { isOff: value.value === false, offset: key.offset });
      if (value.type === "object") open.push({ node: value, within: [...within, name] });
    }
    if (node?.type === "array")
      for (const [at, child] of (node.children ?? []).entries())
        open.push({ node: child, within: [...within, String(at)] });
  }
  return found;
}

/** `"off"`, `0`, `"allow"`, also as the first of a list. */
function isOffRule(value: Node): boolean {
  const plain: unknown = value.type === "array" ? value.children?.[0]?.value : value.value;
  return plain === "off" || plain === 0 || plain === "allow" || plain === false;
}
