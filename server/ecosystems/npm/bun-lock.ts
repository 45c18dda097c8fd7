import type { Packages } from "../ecosystem.ts";
import { at, entriesOf, itemsOf, type Located, parseJsonLocated, stringOf } from "../located.ts";
import { type LockedPackages, readLocked } from "./locked.ts";

const SECTIONS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/** Reads bun.lock, bun's lock file as text (https://bun.sh/docs/install/lockfile). */
export function readBunLock(text: string): Packages {
  return readLocked(text, (found) => {
    const root = parseJsonLocated(text, { lenient: true });
    if (typeof at(root, "lockfileVersion").value !== "number") {
      found.mistake("This is not a lock file of bun.", 1);
      return;
    }
    const asked = askedFor(root);
    for (const [key, entry] of entriesOf(at(root, "packages"))) {
      addPackage(key, entry, asked, found);
    }
  });
}

/** Names that a project of the workspace asks for, and whether only for development. */
function askedFor(root: Located): ReadonlyMap<string, boolean> {
  const asked = new Map<string, boolean>();
  for (const [, workspace] of entriesOf(at(root, "workspaces"))) {
    for (const section of SECTIONS) {
      for (const [name] of entriesOf(at(workspace, section))) {
        asked.set(name, section === "devDependencies" && asked.get(name) !== false);
      }
    }
  }
  return asked;
}

/** An entry is a list: `name@version` or `name@place`, then, for a registry, its address, and the hash last. */
function addPackage(
  key: string,
  entry: Located,
  asked: ReadonlyMap<string, boolean>,
  found: LockedPackages,
): void {
  const items = itemsOf(entry);
  const descriptor = stringOf(items[0]) ?? "";
  const cut = descriptor.indexOf("@", 1);
  if (cut === -1) {
    found.mistake("This entry does not name a package.", entry.line);
    return;
  }
  const [name, place] = [descriptor.slice(0, cut), descriptor.slice(cut + 1)];
  if (/^(?:workspace|root):/u.test(place)) return;
  const isVersion = /^\d/u.test(place);
  const last = stringOf(items.at(-1));
  found.add({
    name,
    version: isVersion ? place : null,
    line: entry.line,
    direct: asked.has(key),
    dev: asked.get(key) === true,
    source: isVersion ? "registry" : place,
    integrity: last !== undefined && /^sha\d+-/u.test(last) ? last : null,
    // A nested package is named after the path to it.
    alias: asked.has(key) ? key : undefined,
  });
}
