import { distance } from "fastest-levenshtein";

import type { Declarations, Ecosystem, Import, Package } from "../../ecosystems/ecosystem.ts";
import type { ChangedFile } from "../change.ts";
import type { Finding, Fix } from "../finding.ts";
import { inRanges, type Location, lineLocation, type RepoPath } from "../location.ts";
import { printable } from "../printable.ts";
import { isOrdinaryFile, textAfter, textAtHead } from "./changed-text.ts";
import { type CheckInput, finding } from "./check.ts";
import { parsersOf } from "./parsers.ts";

/** What the manifests above a source file say that it may import. */
interface Declared {
  readonly names: ReadonlyMap<string, { readonly path: RepoPath; readonly line: number }>;
  /** The nearest manifest that there is. */
  readonly nearest: RepoPath | null;
  readonly isWhole: boolean;
}

/** `dependency/undeclared-import` of one ecosystem: imports on new lines that no manifest above declares. */
export function findUndeclared(input: CheckInput, ecosystem: Ecosystem): readonly Finding[] {
  const { declarations } = ecosystem;
  if (declarations === undefined) return [];
  const own = ownNames(input, ecosystem);
  return input.change.files
    .filter(
      ({ after, addedLines }) =>
        after !== null &&
        isOrdinaryFile(after) &&
        ecosystem.isSource(after.path) &&
        addedLines.length > 0,
    )
    .flatMap((file) => undeclaredIn(input, ecosystem, declarations, file, own));
}

/** Names of the repository's own packages: workspaces import each other without a registry. */
function ownNames(input: CheckInput, ecosystem: Ecosystem): ReadonlySet<string> {
  const paths = [
    ...input.context.keys(),
    ...input.change.files.flatMap(({ after }) => (after === null ? [] : [after.path])),
  ].filter(ecosystem.isManifest);
  return new Set(
    paths.flatMap((path) => {
      const text = textAtHead(input, path);
      return text === null ? [] : (ecosystem.readManifest(path, text).provides ?? []);
    }),
  );
}

function undeclaredIn(
  input: CheckInput,
  ecosystem: Ecosystem,
  { readSource, namesFor, isMapped }: Declarations,
  file: ChangedFile,
  own: ReadonlySet<string>,
): readonly Finding[] {
  const path = file.after?.path ?? file.path;
  const text = textAfter(input, file);
  if (text === null)
    return [unreadableFinding(path, 1, "It is not text, or too large to be read.")];
  const { imports, mistakes } = readSource(path, text, parsersOf(input));
  const broken = mistakes.map(({ line, message }) => unreadableFinding(path, line, message));
  const fresh = imports.filter(
    ({ name, line }) => inRanges(file.addedLines, line) && !own.has(name),
  );
  if (fresh.length === 0) return broken;
  const declared = declaredFor(input, ecosystem, path);
  const found = fresh
    .filter((each) => !namesFor(each).some((name) => declared.names.has(name)))
    .filter(
      (each) => !isMapped(path, each.specifier ?? each.name, (near) => textAtHead(input, near)),
    )
    .map((each) => undeclaredFinding(path, text, each, declared));
  return [...broken, ...firstOfEach(found)];
}

/** One finding a name: the first import is the place, the others would only repeat it. */
function firstOfEach(found: readonly Finding[]): readonly Finding[] {
  return [
    ...new Map(found.toReversed().map((each) => [each.fingerprint, each])).values(),
  ].reverse();
}

function unreadableFinding(path: RepoPath, line: number, reason: string): Finding {
  return finding({
    rule: "dependency/undeclared-import",
    kind: "unproven",
    subject: "unreadable",
    message: `The imports of ${printable(path)} are not known: ${reason}`,
    location: lineLocation(path, line),
    remedy: "Mend the file so that it parses.",
  });
}

function declaredFor(input: CheckInput, ecosystem: Ecosystem, path: RepoPath): Declared {
  const names = new Map<string, { path: RepoPath; line: number }>();
  let nearest: RepoPath | null = null;
  let isWhole = true;
  for (const manifest of ecosystem.manifestsFor(path)) {
    const text = textAtHead(input, manifest);
    if (text === null) continue;
    nearest ??= manifest;
    const { packages, mistakes } = ecosystem.readManifest(manifest, text);
    isWhole &&= mistakes.length === 0;
    for (const each of packages.filter(({ direct }) => direct)) {
      const name = nameInCode(each);
      if (!names.has(name)) names.set(name, { path: manifest, line: each.line });
    }
  }
  return { names, nearest, isWhole };
}

function nameInCode({ name, alias }: Package): string {
  return alias ?? name;
}

function undeclaredFinding(
  path: RepoPath,
  text: string,
  imported: Import,
  declared: Declared,
): Finding {
  const { name, line, startColumn, endColumn } = imported;
  const location = { path, startLine: line, endLine: line, startColumn, endColumn };
  const close = closestName(name, [...declared.names.keys()]);
  const place = close === null ? undefined : declared.names.get(close);
  const shown = printable(name);
  const where =
    declared.nearest === null ? "there is no manifest above it" : "no manifest declares it";
  const hint = close === null ? "" : `; did you mean ${printable(close)}`;
  return finding({
    rule: "dependency/undeclared-import",
    kind: declared.isWhole ? "violation" : "unproven",
    subject: name,
    message: `${shown} is imported, but ${where}${hint}.`,
    location,
    related:
      place === undefined
        ? []
        : [
            {
              location: lineLocation(place.path, place.line),
              message: `${printable(close ?? "")} is declared here.`,
            },
          ],
    fixes: close === null ? [] : replacement(location, text, name, close),
  });
}

/** The declared name that is so close that a slip of the keyboard or of a model explains it. */
function closestName(name: string, names: readonly string[]): string | null {
  const most = Math.min(3, Math.floor(name.length / 4));
  let best: string | null = null;
  let least = most + 1;
  for (const each of names) {
    if (Math.abs(each.length - name.length) >= least) continue;
    const apart = distance(each, name);
    if (apart < least) [best, least] = [each, apart];
  }
  return best;
}

/** Only where the name stands in the text as it is: an escaped one is left to a person. */
function replacement(
  location: Location,
  text: string,
  name: string,
  close: string,
): readonly Fix[] {
  const line = text.split("\n", location.startLine)[location.startLine - 1] ?? "";
  const start = (location.startColumn ?? 1) - 1;
  if (line.slice(start, (location.endColumn ?? 1) - 1) !== name) return [];
  return [{ title: `Import ${printable(close)} instead`, edits: [{ location, newText: close }] }];
}
