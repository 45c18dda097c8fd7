import type { Node } from "jsonc-parser";

import { entriesOf, readJson, valueOf } from "../../ecosystems/npm/json.ts";
import { npm } from "../../ecosystems/npm/npm.ts";
import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { lineLocation } from "../location.ts";
import { printable } from "../printable.ts";
import { textAfter, textBefore } from "./changed-text.ts";
import { type CheckInput, finding } from "./check.ts";

const LIMITS = { length: 1024 * 1024, depth: 64 };

/** Scripts that nobody calls by name, by when they run, after the "scripts" page of npm's documentation. */
const LIFECYCLE: ReadonlyMap<string, string> = new Map([
  ...[
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "dependencies",
  ].map((name) => [name, "on each install"] as const),
  ...[
    "prepack",
    "postpack",
    "prepublishOnly",
    "publish",
    "postpublish",
    "preversion",
    "version",
    "postversion",
  ].map((name) => [name, "with the publisher's credentials"] as const),
]);

/** Other blocks of a package.json that make something run on the host. */
const BLOCKS: ReadonlyMap<string, string> = new Map([
  ["simple-git-hooks", "git runs its commands on the machine of everyone who commits"],
  ["gitHooks", "git runs its commands on the machine of everyone who commits"],
  ["husky", "git runs its commands on the machine of everyone who commits"],
  ["lint-staged", "its commands run before each commit"],
  ["trustedDependencies", "it lets packages run their own scripts on each install"],
  ["allowScripts", "it lets packages run their own scripts on each install"],
]);

/** Lifecycle scripts of a package.json that are new or another than before, each at its line. */
export function findLifecycleScripts(input: CheckInput, file: ChangedFile): readonly Finding[] {
  const path = file.after?.path;
  const text = textAfter(input, file);
  if (path === undefined || text === null || !npm.isManifest(path)) return [];
  const { root, lines } = readJson(text, LIMITS);
  const old = readJson(textBefore(input, file) ?? "{}", LIMITS).root ?? undefined;
  const scripts = valueOf(root ?? undefined, "scripts");
  const told = (subject: string, message: string, node: Node) =>
    finding({
      rule: "policy/host-executed-file",
      subject,
      message,
      location: lineLocation(path, lines.lineAt(node.offset)),
    });
  const fromScripts = changedEntries(valueOf(old, "scripts"), scripts, LIFECYCLE).map(
    ({ name, key, why, isNew }) =>
      told(
        `scripts.${name}`,
        `The ${isNew ? "new" : "changed"} lifecycle script ${printable(name)} runs ${why}, without being asked for.`,
        key,
      ),
  );
  const fromBlocks = changedEntries(old, root ?? undefined, BLOCKS).map(
    ({ name, key, why, isNew }) =>
      told(name, `"${printable(name)}" was ${isNew ? "added" : "changed"}: ${why}.`, key),
  );
  return [...fromScripts, ...fromBlocks];
}

function changedEntries(
  before: Node | undefined,
  after: Node | undefined,
  names: ReadonlyMap<string, string>,
) {
  return entriesOf(after).flatMap(({ key, value }) => {
    const name = String(key.value);
    const why = names.get(name);
    const old = valueOf(before, name);
    if (why === undefined || (old !== undefined && sameValue(old, value))) return [];
    return [{ name, key, why, isNew: old === undefined }];
  });
}

function sameValue(a: Node, b: Node): boolean {
  if (a.type !== b.type || a.value !== b.value) return false;
  const [left, right] = [a.children ?? [], b.children ?? []];
  return (
    left.length === right.length &&
    left.every((child, at) => {
      const other = right[at];
      return other !== undefined && sameValue(child, other);
    })
  );
}
