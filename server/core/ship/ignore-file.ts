/** Tells whether a path is left out of a build context. */
export type IgnoreRule = (path: string) => boolean;

const MOST_PATTERNS = 2000;
const LONGEST_PATTERN = 1000;

/**
 * Reads a `.dockerignore`: the last pattern that matches a path or a folder above it decides, `!` takes
 * back in, `**` crosses folders (Dockerfile reference, ".dockerignore file"). The text is hostile: a
 * pattern that cannot be read, or too many of them, gives null and not a guess.
 */
export function readIgnoreFile(text: string): IgnoreRule | null {
  const lines = text.replace(/^\uFEFF/u, "").split(/\r?\n/u);
  if (lines.length > MOST_PATTERNS) return null;
  const rules: { readonly isException: boolean; readonly matches: (path: string) => boolean }[] =
    [];
  for (const line of lines) {
    if (line.startsWith("#")) continue;
    const trimmed = line.trim();
    const isException = trimmed.startsWith("!");
    const pattern = cleanPattern(isException ? trimmed.slice(1).trim() : trimmed);
    if (pattern === "" || pattern === ".") continue;
    const matches = pattern.length > LONGEST_PATTERN ? null : compilePattern(pattern);
    if (matches === null) return null;
    rules.push({ isException, matches });
  }
  return (path) => {
    const places = withParents(path);
    const last = rules.findLast(({ matches }) => places.some(matches));
    return last !== undefined && !last.isException;
  };
}

/** The pattern as Go's `filepath.Clean` leaves it, without a slash in front. */
function cleanPattern(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The path and every folder above it. */
function withParents(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/**
 * A pattern as a test of a whole path. Matched part by part and never as one regular expression over
 * the path, so that many stars cannot make it slow.
 */
function compilePattern(pattern: string): ((path: string) => boolean) | null {
  const parts: ("**" | RegExp)[] = [];
  for (const part of pattern.split("/")) {
    const compiled = part === "**" ? "**" : compilePart(part);
    if (compiled === null) return null;
    if (compiled !== "**" || parts.at(-1) !== "**") parts.push(compiled);
  }
  return (path) => matchParts(parts, path.split("/"));
}

/** Dynamic programming over pattern parts and path parts: linear in their product. */
function matchParts(parts: readonly ("**" | RegExp)[], names: readonly string[]): boolean {
  let reachable = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (part === "**") for (let to = at; to <= names.length; to += 1) next.add(to);
      else if (at < names.length && part.test(names[at] ?? "")) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(names.length);
}

function compilePart(part: string): RegExp | null {
  let source = "";
  for (let at = 0; at < part.length; at += 1) {
    const character = part.charAt(at);
    if (character === "*") {
      // Neighbouring stars say the same as one and would make the expression slow.
      if (part.charAt(at - 1) !== "*") source += "[^/]*";
    } else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = part.indexOf("]", at + 2);
      if (end === -1) return null;
      const inside = part.slice(at + 1, end).replaceAll(/[\\[\]&]/gu, "\\$&");
      source += `[${inside.startsWith("!") ? `^${inside.slice(1)}` : inside}]`;
      at = end;
    } else {
      if (character === "\\") at += 1;
      source += part.charAt(at).replaceAll(/[$()*+.?[\\\]^{|}]/gu, "\\$&");
    }
  }
  if ((source.match(/\[\^\/\]\*/gu) ?? []).length > 8) return null;
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    return null;
  }
}
