import type { Packages } from "../ecosystem.ts";
import { readSafely } from "../reading.ts";

interface Directive {
  readonly verb: string;
  readonly words: readonly string[];
  readonly comment: string;
  readonly line: number;
}

/**
 * Reads go.mod (the Go Modules Reference grammar): requirements with `// indirect`, tools as
 * development requirements, replacements as the source of what they replace.
 */
export function readGoMod(text: string): Packages {
  return readSafely("golang", text, { exact: true }, (collector) => {
    const directives = directivesOf(text, (message, line) => collector.mistake(message, line));
    const replaced = new Map<string, string>();
    for (const { verb, words } of directives) {
      const arrow = words.indexOf("=>");
      const target = words[arrow + 1];
      if (verb === "replace" && arrow > 0 && words[0] && target) replaced.set(words[0], target);
    }
    for (const { verb, words, comment, line } of directives) {
      if (verb !== "require") continue;
      const [name, version] = words;
      if (!name || !version || words.length > 2) {
        collector.mistake("A requirement is a module path and a version.", line);
        continue;
      }
      collector.add({
        name,
        version,
        line,
        direct: !/(^|;|\s)indirect\b/.test(comment),
        source: replaced.get(name) ?? "registry",
      });
    }
  });
}

/** Reads go.sum: each module once, with its h1 hash; the `/go.mod` lines carry no code and are left out. */
export function readGoSum(text: string): Packages {
  return readSafely("golang", text, { exact: true }, (collector) => {
    for (const [index, raw] of text.split("\n").entries()) {
      const words = raw.trim().split(/[ \t]+/);
      if (words.length === 1 && words[0] === "") continue;
      const [name, version, hash] = words;
      if (!name || !version || !hash || words.length !== 3) {
        collector.mistake("A line of go.sum is a module path, a version and a hash.", index + 1);
      } else if (!version.endsWith("/go.mod")) {
        collector.add({ name, version, line: index + 1, integrity: hash });
      }
    }
  });
}

/** Folders that a go.work file uses, relative to its own. */
export function workspaceFolders(text: string): readonly string[] {
  const used = directivesOf(text, () => {}).filter(({ verb }) => verb === "use");
  return used.flatMap(({ words }) => words[0] ?? []);
}

function directivesOf(
  text: string,
  mistake: (message: string, line: number) => void,
): readonly Directive[] {
  const found: Directive[] = [];
  let block: string | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const cut = raw.indexOf("//");
    const comment = cut === -1 ? "" : raw.slice(cut + 2).trim();
    const words = (cut === -1 ? raw : raw.slice(0, cut))
      .trim()
      .split(/[ \t]+/)
      .map(unquote);
    const [first] = words;
    const line = index + 1;
    if (first === undefined || first === "") continue;
    if (block !== null && first === ")") block = null;
    else if (block !== null) found.push({ verb: block, words, comment, line });
    else if (words[1] === "(" && words.length === 2) block = first;
    else found.push({ verb: first, words: words.slice(1), comment, line });
  }
  if (block !== null) mistake(`The block "${block} (" is not closed.`, text.split("\n").length);
  return found;
}

function unquote(word: string): string {
  return /^(["`]).*\1$/.test(word) ? word.slice(1, -1) : word;
}
