import type { Import } from "../ecosystem.ts";

const LARGEST = 4 * 1024 * 1024;
const OWN = new Set(["std", "core", "alloc", "proc_macro", "test", "crate", "self", "super"]);

/**
 * Crates that a Rust file names in `use` and `extern crate` at the start of a line. A path's first
 * part may also be a local module, so that one declared by `mod` in the same file is left out.
 */
export function readRustImports(text: string): readonly Import[] {
  if (text.length > LARGEST) return [];
  const lines = text.split("\n");
  const local = new Set(
    lines.flatMap(
      (line) =>
        /^\s{0,200}(?:pub(?:\([^)]{0,100}\))?\s)?\s{0,20}mod\s{1,20}(\w{1,200})/.exec(line)?.[1] ??
        [],
    ),
  );
  const found: Import[] = [];
  for (const [index, line] of lines.entries()) {
    const match =
      /^\s{0,200}(?:pub(?:\([^)]{0,100}\))?\s{1,20})?(?:use\s{1,20}(?:::)?|extern\s{1,20}crate\s{1,20})([A-Za-z_]\w{0,200})\s{0,20}(?:::|;|\sas\s)/.exec(
        line,
      );
    const crate = match?.[1];
    if (!crate || OWN.has(crate) || local.has(crate) || /^[A-Z]/.test(crate)) continue;
    const column = line.indexOf(crate, match[0].lastIndexOf(crate)) + 1;
    found.push({
      name: crate.replaceAll("_", "-"),
      line: index + 1,
      startColumn: column,
      endColumn: column + crate.length,
      typeOnly: false,
    });
  }
  return found;
}
