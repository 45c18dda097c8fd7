import { isNode, type SyntaxNode } from "../../../ecosystems/npm/syntax.ts";

/** Fields of a node that hold no code. */
const NOT_CODE: ReadonlySet<string> = new Set([
  "loc",
  "extra",
  "errors",
  "comments",
  "tokens",
  "typeAnnotation",
  "returnType",
  "typeParameters",
]);

/** The nodes right below a node, in the order of the text as far as the parser keeps it. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (const field in node) {
    if (NOT_CODE.has(field)) continue;
    const value = node[field];
    if (Array.isArray(value)) {
      for (const each of value) if (isNode(each)) found.push(each);
    } else if (isNode(value)) found.push(value);
  }
  return found;
}

/** A field that is a node. */
export function nodeAt(node: SyntaxNode | null | undefined, field: string): SyntaxNode | null {
  const value = node?.[field];
  return isNode(value) ? value : null;
}

/** A field that is a list of nodes. */
export function nodesAt(node: SyntaxNode | null | undefined, field: string): readonly SyntaxNode[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The line that a node begins on. */
export function lineOf(node: SyntaxNode): number {
  const { start } = node["loc"] as { readonly start: { readonly line: number } };
  return start.line;
}

/** The code of a node without its spaces, cut where it is long. */
export function codeOf(node: SyntaxNode | null | undefined, text: string, longest = 2000): string {
  if (!node) return "";
  const [start, end] = [Number(node["start"]), Number(node["end"])];
  return text.slice(start, Math.min(end, start + longest)).replaceAll(/\s+/gu, "");
}

/** The names of a chain such as `a.b().c`, and the calls in it, outermost last; null where it is no chain of names. */
export function chainOf(
  node: SyntaxNode,
): { readonly names: readonly string[]; readonly calls: readonly SyntaxNode[] } | null {
  const names: string[] = [];
  const calls: SyntaxNode[] = [];
  let at: SyntaxNode | null = node;
  while (at !== null) {
    switch (at.type) {
      case "Identifier":
        names.push(String(at["name"]));
        return { names: names.toReversed(), calls: calls.toReversed() };
      case "ThisExpression":
        names.push("this");
        return { names: names.toReversed(), calls: calls.toReversed() };
      case "MemberExpression":
      case "OptionalMemberExpression": {
        const property = nodeAt(at, "property");
        names.push(property?.type === "Identifier" ? String(property["name"]) : "[]");
        at = nodeAt(at, "object");
        break;
      }
      case "CallExpression":
      case "OptionalCallExpression":
        calls.push(at);
        at = nodeAt(at, "callee");
        break;
      case "TaggedTemplateExpression":
        calls.push(at);
        at = nodeAt(at, "tag");
        break;
      case "AwaitExpression":
      case "TSNonNullExpression":
      case "ParenthesizedExpression":
        at = nodeAt(at, at.type === "AwaitExpression" ? "argument" : "expression");
        break;
      default:
        return null;
    }
  }
  return null;
}

/** Whether a node is a function written in place. */
export function isFunction(node: SyntaxNode | null | undefined): boolean {
  return node?.type === "ArrowFunctionExpression" || node?.type === "FunctionExpression";
}
