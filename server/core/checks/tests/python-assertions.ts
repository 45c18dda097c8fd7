import type { SyntaxNode } from "@lezer/common";

import type { Assertion, Strength } from "./test-file.ts";

/** A Python text with the lines of its offsets. */
export interface PythonText {
  readonly text: string;
  readonly lineAt: (offset: number) => number;
}

const VALUE =
  /^assert(?:Equal|Equals|ListEqual|DictEqual|SetEqual|TupleEqual|SequenceEqual|MultiLineEqual|CountEqual|Is|IsNone|True|False|_called_once_with|_called_with|_has_calls|_any_call)$/u;
const PRESENCE = /^assert(?:Not\w*|IsNot\w*|True|False|_called|_not_called)$/u;
const LITERAL = /^(?:Boolean|Number|String|None)$/u;
const LOOSE = /\bapprox\(|\bANY\b/u;

/** The assertion that a node is: an `assert` statement, a method of unittest or of a mock, `pytest.raises`. */
export function readPythonAssertion(
  node: SyntaxNode,
  reading: PythonText,
): Omit<Assertion, "void"> | null {
  if (node.name === "AssertStatement") return readStatement(node, reading);
  return node.name === "CallExpression" ? readCall(node, reading) : null;
}

function readStatement(
  node: SyntaxNode,
  { text, lineAt }: PythonText,
): Omit<Assertion, "void"> | null {
  const stated = unwrap(node.firstChild?.nextSibling);
  if (!stated) return null;
  const code = (part: SyntaxNode | null | undefined) => codeOf(part, text);
  const base = { text: code(stated), line: lineAt(node.from) };
  if (LITERAL.test(stated.name))
    return { ...base, subject: "", strength: "nothing", how: "assert" };
  if (stated.name !== "BinaryExpression")
    return { ...base, subject: code(stated), strength: "presence", how: "assert" };
  const [left, right] = [stated.firstChild, stated.lastChild];
  const operator = text
    .slice(left?.to ?? stated.from, right?.from ?? stated.to)
    .trim()
    .replaceAll(/\s+/gu, " ");
  if (operator === "or" || operator === "and") {
    const strength = operator === "or" ? "presence" : "value";
    return { ...base, subject: subjectOf(left, text), strength, how: operator };
  }
  const isPlain =
    left !== null && LITERAL.test(left.name) && right !== null && LITERAL.test(right.name);
  return {
    ...base,
    subject: isPlain ? "" : code(left),
    strength: isPlain ? "nothing" : strengthOf(operator, code(right)),
    how: LOOSE.test(base.text) ? "approx" : operator,
  };
}

/** What stands in parentheses, however many. */
function unwrap(node: SyntaxNode | null | undefined): SyntaxNode | null | undefined {
  let inner = node;
  while (inner?.name === "ParenthesizedExpression") inner = inner.firstChild?.nextSibling;
  return inner;
}

/** What the first comparison of `a == 1 or b` is about. */
function subjectOf(node: SyntaxNode | null, text: string): string {
  return node?.name === "BinaryExpression" ? subjectOf(node.firstChild, text) : codeOf(node, text);
}

function strengthOf(operator: string, expected: string): Strength {
  if (operator === "==" || operator === "is") return LOOSE.test(expected) ? "likeness" : "value";
  if (operator === "is not" || operator === "!=") return "presence";
  return "likeness";
}

function readCall(node: SyntaxNode, { text, lineAt }: PythonText): Omit<Assertion, "void"> | null {
  const callee = codeOf(node.firstChild, text);
  const how = callee.slice(callee.lastIndexOf(".") + 1);
  const base = { how, text: codeOf(node, text), line: lineAt(node.from) };
  const given: SyntaxNode[] = [];
  for (
    let each = node.getChild("ArgList")?.firstChild ?? null;
    each !== null;
    each = each.nextSibling
  ) {
    if (!/^[(),]$/u.test(each.name)) given.push(each);
  }
  const [first, second] = given;
  if (/^(?:pytest\.raises|self\.assertRaises(?:Regex)?|pytest\.warns)$/u.test(callee)) {
    const isAny = codeOf(first, text) === "Exception" || codeOf(first, text) === "BaseException";
    return {
      ...base,
      how: `${how}(${codeOf(first, text)})`,
      subject: "raises",
      strength: isAny ? "likeness" : "value",
    };
  }
  if (
    !/^(?:self|cls)\.assert\w+$|\.assert_(?:called|not_called|has_calls|any_call)\w*$/u.test(
      callee,
    ) &&
    !/^assert_\w+$/u.test(callee)
  )
    return null;
  if (how.startsWith("assert_") && callee.includes("."))
    return {
      ...base,
      subject: callee.slice(0, -how.length - 1),
      strength: PRESENCE.test(how) ? "presence" : "value",
    };
  const isTruth = /^assert(?:True|False)$/u.test(how);
  if (isTruth && first?.name === "BinaryExpression") {
    const operator = text.slice(first.firstChild?.to ?? 0, first.lastChild?.from ?? 0).trim();
    return {
      ...base,
      subject: codeOf(first.firstChild, text),
      strength: strengthOf(operator, codeOf(first.lastChild, text)),
    };
  }
  const isPlain =
    first !== undefined &&
    LITERAL.test(first.name) &&
    (isTruth || (second !== undefined && LITERAL.test(second.name)));
  if (isPlain) return { ...base, subject: "", strength: "nothing" };
  const strength = isTruth
    ? "presence"
    : VALUE.test(how)
      ? "value"
      : PRESENCE.test(how)
        ? "presence"
        : how.startsWith("assert_")
          ? "value"
          : "likeness";
  return { ...base, subject: codeOf(first, text), strength };
}

/** The code of a node without its spaces, cut where it is long. */
export function codeOf(node: SyntaxNode | null | undefined, text: string): string {
  return node
    ? text.slice(node.from, Math.min(node.to, node.from + 2000)).replaceAll(/\s+/gu, "")
    : "";
}
