import type { Ecosystem, Package } from "../../ecosystems/ecosystem.ts";
import type { ChangedFile } from "../change.ts";
import type { Finding, Fix } from "../finding.ts";
import { indexLines } from "../line-index.ts";
import { lineLocation, type RepoPath } from "../location.ts";
import { printable } from "../printable.ts";
import { textAfter, textBefore } from "./changed-text.ts";
import { type CheckInput, finding } from "./check.ts";

/** Packages of one changed manifest or lock file, before and after. */
interface Read {
  readonly file: ChangedFile;
  readonly before: readonly Package[];
  readonly after: readonly Package[];
}

/** How many places and names a finding lists. */
const MOST_RELATED = 10;

/**
 * `dependency/added` of one ecosystem: each package that a manifest names and the base does not,
 * at its line; and, once per lock file, the packages that came in behind them.
 */
export function findAdded(input: CheckInput, ecosystem: Ecosystem): readonly Finding[] {
  const manifests = readChanged(input, ecosystem, ecosystem.isManifest, ecosystem.readManifest);
  const locks = readChanged(input, ecosystem, ecosystem.isLockfile, ecosystem.readLockfile);
  const known = knownAtBase(input, ecosystem, manifests);
  const named = new Set<string>();
  const found: Finding[] = [];
  for (const { file, after } of manifests) {
    for (const added of firstOfEach(after.filter((each) => !known.has(keyOf(each))))) {
      named.add(added.name);
      found.push(addedFinding(input, ecosystem, file, added, locks));
    }
  }
  return [...found, ...locks.flatMap((lock) => behindFinding(lock, known, named))];
}

function readChanged(
  input: CheckInput,
  { isManifest, isLockfile }: Ecosystem,
  isKind: (path: RepoPath) => boolean,
  read: Ecosystem["readManifest"],
): readonly Read[] {
  const packagesOf = (path: RepoPath | undefined, text: string | null) =>
    path === undefined || text === null || !(isManifest(path) || isLockfile(path))
      ? []
      : read(path, text).packages;
  return input.change.files
    .filter(({ after }) => after !== null && isKind(after.path))
    .map((file) => ({
      file,
      before: packagesOf(file.before?.path, textBefore(input, file)),
      after: packagesOf(file.after?.path, textAfter(input, file)),
    }));
}

/** What any manifest of the base names, and what the repository itself is made of. */
function knownAtBase(
  input: CheckInput,
  ecosystem: Ecosystem,
  manifests: readonly Read[],
): ReadonlySet<string> {
  const known = new Set(manifests.flatMap(({ before }) => before.map(keyOf)));
  for (const [path, text] of input.context) {
    if (!ecosystem.isManifest(path)) continue;
    for (const each of ecosystem.readManifest(path, text).packages) known.add(keyOf(each));
  }
  return known;
}

/** What makes a package another one: its name, and where it comes from but for the revision there. */
function keyOf({ name, source }: Package): string {
  return `${name} ${source.split("#", 1)[0]}`;
}

function firstOfEach(packages: readonly Package[]): readonly Package[] {
  const own = packages.filter(({ source }) => !source.startsWith("workspace:"));
  return [...new Map(own.toReversed().map((each) => [keyOf(each), each])).values()].toReversed();
}

function addedFinding(
  input: CheckInput,
  ecosystem: Ecosystem,
  file: ChangedFile,
  added: Package,
  locks: readonly Read[],
): Finding {
  const path = file.after?.path ?? file.path;
  const name = printable(
    added.alias === undefined ? added.name : `${added.name} as ${added.alias}`,
  );
  const from = added.source === "registry" ? "" : ` from ${printable(added.source)}`;
  const use = added.dev ? " for development" : "";
  return finding({
    rule: "dependency/added",
    subject: keyOf(added),
    message: `This change adds the package ${name}${from}${use}.`,
    location: lineLocation(path, added.line),
    related: locks
      .flatMap((lock) =>
        lock.after
          .filter((each) => each.name === added.name)
          .map(({ version, line }) => ({
            location: lineLocation(lock.file.after?.path ?? lock.file.path, line),
            message: `Locked at ${printable(version ?? "a place without a version")}.`,
          })),
      )
      .slice(0, MOST_RELATED),
    fixes: removalOf(ecosystem, path, textAfter(input, file), added),
  });
}

/** The fix that takes a package out of its manifest again, where that is a plain edit. */
export function removalOf(
  ecosystem: Ecosystem,
  path: RepoPath,
  text: string | null,
  added: Package,
): readonly Fix[] {
  const edits = text === null ? null : (ecosystem.removePackage?.(text, added) ?? null);
  if (text === null || edits === null || edits.length === 0) return [];
  const lines = indexLines(text);
  return [
    {
      title: `Remove ${printable(added.alias ?? added.name)} from ${printable(path)}`,
      edits: edits.map(({ start, end, newText }) => ({
        location: {
          path,
          startLine: lines.lineAt(start),
          startColumn: lines.columnAt(start),
          endLine: lines.lineAt(end),
          endColumn: lines.columnAt(end),
        },
        newText,
      })),
    },
  ];
}

/** Packages that only the lock file names: what the named ones bring along, or what nobody asked for. */
function behindFinding(
  { file, before, after }: Read,
  known: ReadonlySet<string>,
  named: ReadonlySet<string>,
): readonly Finding[] {
  const old = new Set(before.map(keyOf));
  const behind = firstOfEach(after).filter(
    (each) => !old.has(keyOf(each)) && !named.has(each.name) && !known.has(keyOf(each)),
  );
  const [first, ...rest] = behind;
  if (first === undefined) return [];
  const path = file.after?.path ?? file.path;
  const names = behind.slice(0, 3).map(({ name }) => printable(name));
  const more = behind.length > names.length ? ` and ${behind.length - names.length} more` : "";
  const what = behind.length === 1 ? "a package" : `${behind.length} packages`;
  const why =
    named.size > 0 ? "behind the ones that were added" : "although no manifest names a new one";
  return [
    finding({
      rule: "dependency/added",
      subject: "behind",
      message: `${printable(path)} takes in ${what} ${why}: ${names.join(", ")}${more}.`,
      location: lineLocation(path, first.line),
      related: rest.slice(0, MOST_RELATED).map(({ name, line }) => ({
        location: lineLocation(path, line),
        message: `${printable(name)} comes in here.`,
      })),
    }),
  ];
}
