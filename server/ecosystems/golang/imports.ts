import type { Import } from "../ecosystem.ts";

const LARGEST = 4 * 1024 * 1024;
/** Imports stand before every declaration, so that reading can stop at the first. */
const DECLARATION = /^(?:func|type|var|const)\b/;

/**
 * Modules that a Go file imports, as import paths. Standard packages have no dot in the first part
 * of their path; relative imports and `import "C"` are left out.
 */
export function readGoImports(text: string): readonly Import[] {
  if (text.length > LARGEST) return [];
  const found: Import[] = [];
  let inBlock = false;
  let inComment = false;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trimEnd();
    const bare = line.trimStart();
    if (inComment) {
      inComment = !bare.includes("*/");
      continue;
    }
    if (bare.startsWith("/*")) {
      inComment = !bare.includes("*/");
      continue;
    }
    if (bare.startsWith("//")) continue;
    if (DECLARATION.test(bare)) break;
    if (/^import[ \t]*\(/.test(bare)) inBlock = true;
    else if (inBlock && bare.startsWith(")")) inBlock = false;
    if (!inBlock && !bare.startsWith("import")) continue;
    const name = /["`]([^"`\s]{1,500})["`]/.exec(line)?.[1];
    if (!name || !isThirdParty(name)) continue;
    const column = line.indexOf(name) + 1;
    found.push({
      name,
      line: index + 1,
      startColumn: column,
      endColumn: column + name.length,
      typeOnly: false,
    });
  }
  return found;
}

function isThirdParty(path: string): boolean {
  return !path.startsWith(".") && (path.split("/")[0] ?? "").includes(".");
}
