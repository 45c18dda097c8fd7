import type { ChangedFile } from "../change.ts";
import { inRanges, lineLocation, type Location, type RepoPath } from "../location.ts";
import type { StackFrame } from "../run.ts";
import { firstChange, textAfter, textAtHead } from "./changed-text.ts";
import type { CheckInput } from "./check.ts";

const MANIFEST = "package.json";
const LOCKFILE = "package-lock.json";
const PACKAGE = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/@][^/]*)(?=\/)/g;
const TEST_PATH = /(?:^|\/)(?:__tests__|tests?|specs?)\/|[._-](?:test|spec)\.[cm]?[jt]sx?$/;

/** The place that a stack leads to, and the other places in it that explain it. */
export interface Cause {
  readonly location: Location;
  readonly related: readonly { readonly location: Location; readonly message: string }[];
}

/**
 * Where a behaviour comes from: the nearest frame that is a new line of the change, else the nearest
 * in the repository's own code, else the manifest's line of the package that is in the stack; without
 * a stack, the new line that names what was done, else the beginning of what changed.
 */
export function causeOf(
  input: CheckInput,
  stack: readonly StackFrame[],
  names: readonly string[],
): Cause {
  const own = stack.filter(({ path }) => !path.includes("node_modules/"));
  const added = own.find((frame) => isAdded(input, frame));
  const frame = added ?? own[0];
  const packages = packageLines(input, stack);
  if (frame !== undefined) {
    const others = own.filter((other) => other !== frame && isAdded(input, other)).slice(0, 3);
    return {
      location: lineLocation(frame.path, frame.line),
      related: [...calledBy(others), ...packages],
    };
  }
  const [first, ...rest] = packages;
  if (first !== undefined) return { location: first.location, related: rest };
  return { location: namedLine(input, names) ?? beginning(input), related: [] };
}

function calledBy(frames: readonly StackFrame[]): Cause["related"] {
  return frames.map(({ path, line }) => ({
    location: lineLocation(path, line),
    message: "called from this line",
  }));
}

/** Whether a line is one that the change adds. */
export function isAdded(
  { change }: CheckInput,
  { path, line }: { readonly path: RepoPath; readonly line: number },
): boolean {
  const file = change.files.find(({ after }) => after?.path === path);
  return file !== undefined && inRanges(file.addedLines, line);
}

/** Packages of a stack, nearest first, at the line of the manifest or lock file that brings them in. */
function packageLines(input: CheckInput, stack: readonly StackFrame[]): Cause["related"] {
  const names = new Set<string>();
  for (const { path } of stack) {
    const name = [...path.matchAll(PACKAGE)].at(-1)?.[1];
    if (name !== undefined) names.add(name);
  }
  const found: Cause["related"][number][] = [];
  for (const name of names) {
    const location = packageLine(input, name);
    if (location !== null) found.push({ location, message: `the package ${name}` });
  }
  return found.slice(0, 5);
}

/** A direct dependency stands in the manifest, any other in the lock file. */
function packageLine(input: CheckInput, name: string): Location | null {
  const quoted = JSON.stringify(name);
  const manifest = textAtHead(input, MANIFEST);
  const direct = manifest === null ? -1 : lineWith(manifest, `${quoted}:`);
  if (direct > 0) return lineLocation(MANIFEST, direct);
  const lock = textAtHead(input, LOCKFILE);
  const locked = lock === null ? -1 : lineWith(lock, `node_modules/${quoted.slice(1)}:`);
  if (locked > 0) return lineLocation(LOCKFILE, locked);
  return manifest === null ? null : lineLocation(MANIFEST, 1);
}

function lineWith(text: string, part: string): number {
  return text.split("\n").findIndex((line) => line.includes(part)) + 1;
}

/** The first new line that holds one of the names: a host, an address, a program. */
function namedLine(input: CheckInput, names: readonly string[]): Location | null {
  for (const file of codeFirst(input.change.files)) {
    const text = textAfter(input, file);
    if (text === null || file.after === null) continue;
    for (const [index, line] of text.split("\n").entries()) {
      if (!inRanges(file.addedLines, index + 1)) continue;
      if (names.some((name) => name.length > 2 && line.includes(name)))
        return lineLocation(file.after.path, index + 1);
    }
  }
  return null;
}

function beginning(input: CheckInput): Location {
  const [file] = codeFirst(input.change.files);
  return file === undefined ? lineLocation(MANIFEST, 1) : firstChange(file);
}

/** Code before tests, tests before manifests and documents: the likelier cause first. */
function codeFirst(files: readonly ChangedFile[]): readonly ChangedFile[] {
  const rank = ({ path }: ChangedFile): number =>
    /\.(?:json|ya?ml|md|txt|lock|toml)$/.test(path) ? 2 : TEST_PATH.test(path) ? 1 : 0;
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** The line of a changed file that names a test, by the last part of its name; null where none does. */
export function testLine(input: CheckInput, name: string): Location | null {
  const leaf = name.slice(name.lastIndexOf(" › ") + 1).replace(/^› /, "");
  const spellings = [leaf, `def ${leaf}`, `func ${leaf}`, `fn ${leaf}`];
  for (const file of input.change.files) {
    const text = file.after === null ? null : textAfter(input, file);
    if (text === null || file.after === null || !TEST_PATH.test(file.after.path)) continue;
    for (const spelling of spellings) {
      const line = leaf.length < 3 ? 0 : lineWith(text, spelling);
      if (line > 0) return lineLocation(file.after.path, line);
    }
  }
  return null;
}

const FRAME =
  /(?<![\w@./:-])(?:file:\/\/)?(?:\/workspace\/|\.\/)?([\w@.-][\w@./-]{0,300}):(\d{1,7}):(\d{1,7})/g;
const PYTHON_FRAME = /File "\/workspace\/([^"\n]{1,300})", line (\d{1,7})/g;
const MOST_FRAMES = 50;

/** Frames of a stack in a test's message, nearest first, as far as they can be files of the repository. */
export function framesIn(message: string): readonly StackFrame[] {
  const frames: StackFrame[] = [];
  // Python prints the nearest frame last.
  const python = [...message.matchAll(PYTHON_FRAME)].reverse();
  for (const [, path = "", line, column = "1"] of [...python, ...message.matchAll(FRAME)]) {
    if (path.split("/").includes("..") || Number(line) < 1) continue;
    frames.push({ path, line: Number(line), column: Math.max(1, Number(column)) });
  }
  return frames.slice(0, MOST_FRAMES);
}
