import type { RepoPath } from "../../core/location.ts";
import type { Import, Imports } from "../ecosystem.ts";
import { packageOfSpecifier } from "./specifier.ts";
import { isNode, type ParsedScript, parseScript, type SyntaxNode } from "./syntax.ts";

const MOST_IMPORTS = 5000;

/** Reads the packages that a JavaScript or TypeScript file imports, in the order of the file. */
export function readImports(
  path: RepoPath,
  text: string,
  parse: (path: RepoPath, text: string) => ParsedScript = parseScript,
): Imports {
  const { file, mistake } = parse(path, text);
  if (file === null) return { imports: [], mistakes: [mistake] };
  const erased = /\.d\.[cm]?ts$/u.test(path);
  const imports = specifiersIn(file).flatMap((each) => importOf(each, text, erased));
  return {
    imports: imports.toSorted((a, b) => a.line - b.line || a.startColumn - b.startColumn),
    mistakes: [],
  };
}

/** The literal of an import, as the parser places it: lines from 1, columns from 0. */
interface Literal extends SyntaxNode {
  readonly start: number;
  readonly end: number;
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
}

interface Specifier {
  readonly literal: Literal;
  readonly value: string;
  readonly typeOnly: boolean;
}

function specifiersIn(file: SyntaxNode): readonly Specifier[] {
  const found: Specifier[] = [];
  const open: unknown[] = [file];
  for (
    let next = open.pop();
    next !== undefined && found.length < MOST_IMPORTS;
    next = open.pop()
  ) {
    if (!isNode(next)) continue;
    const source = sourceOf(next);
    const value = source && valueOfLiteral(source);
    if (source && typeof value === "string") {
      found.push({ literal: source as Literal, value, typeOnly: isErased(next) });
    }
    // Not Object.entries: a list for each of a hundred thousand nodes is most of the work.
    for (const field in next) {
      const child = next[field];
      if (typeof child !== "object" || child === null) continue;
      if (field === "loc" || field === "extra" || field === "errors") continue;
      if (Array.isArray(child)) for (const each of child) open.push(each ?? null);
      else if (isNode(child)) open.push(child);
    }
  }
  return found;
}

/** The node that names a module, where a node loads one. */
function sourceOf(node: SyntaxNode): SyntaxNode | null {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
      return isNode(node["source"]) ? node["source"] : null;
    case "TSExternalModuleReference":
      return isNode(node["expression"]) ? node["expression"] : null;
    case "TSImportType":
      return sourceOfType(node);
    case "CallExpression":
    case "OptionalCallExpression":
      return sourceOfCall(node);
    default:
      return null;
  }
}

function sourceOfType(node: SyntaxNode): SyntaxNode | null {
  const argument = node["source"] ?? node["argument"];
  if (!isNode(argument)) return null;
  return argument.type === "TSLiteralType" && isNode(argument["literal"])
    ? argument["literal"]
    : argument;
}

/** `require("x")`, `require.resolve("x")`, `module.require("x")`, `import.meta.resolve("x")`. */
function sourceOfCall(node: SyntaxNode): SyntaxNode | null {
  const [first] = Array.isArray(node["arguments"]) ? (node["arguments"] as unknown[]) : [];
  const callee = nameOf(node["callee"]);
  const loads = ["require", "require.resolve", "module.require", "import.meta.resolve", "import"];
  return isNode(first) && callee !== null && loads.includes(callee) ? first : null;
}

function nameOf(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type === "Import") return "import";
  if (node.type === "MetaProperty") return "import.meta";
  if (!/^(?:Optional)?MemberExpression$/u.test(node.type) || node["computed"] === true) return null;
  const object = nameOf(node["object"]);
  return object === null || object.length > 20 ? null : `${object}.${nameOf(node["property"])}`;
}

function valueOfLiteral(node: SyntaxNode): string | null {
  if (node.type === "StringLiteral") return String(node["value"]);
  const quasis = node["quasis"];
  if (node.type !== "TemplateLiteral" || !Array.isArray(quasis) || quasis.length !== 1) return null;
  const [only] = quasis as { value?: { cooked?: string } }[];
  return only?.value?.cooked ?? null;
}

function isErased(node: SyntaxNode): boolean {
  if (node.type === "TSImportType") return true;
  const kind = node["importKind"] ?? node["exportKind"];
  if (kind === "type" || kind === "typeof") return true;
  const names = Array.isArray(node["specifiers"]) ? (node["specifiers"] as SyntaxNode[]) : [];
  return (
    names.length > 0 && names.every((each) => (each["importKind"] ?? each["exportKind"]) === "type")
  );
}

function importOf(
  { literal, value, typeOnly }: Specifier,
  text: string,
  erased: boolean,
): readonly Import[] {
  const name = packageOfSpecifier(value);
  if (name === null) return [];
  const { line, column } = literal.loc.start;
  // Columns are those of the name inside the quotes; with escapes in it, those of the whole literal.
  const isPlain = text.startsWith(name, literal.start + 1);
  const startColumn = column + (isPlain ? 2 : 1);
  const length = isPlain ? name.length : literal.end - literal.start;
  return [
    {
      name,
      specifier: value,
      line,
      startColumn,
      endColumn: startColumn + length,
      typeOnly: typeOnly || erased,
    },
  ];
}
