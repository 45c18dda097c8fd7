import type { SyntaxNode, Tree } from "@lezer/common";

import { indexLines } from "../../line-index.ts";
import { codeOf, readPythonAssertion, type PythonText } from "./python-assertions.ts";
import type { Assertion, TestCase, TestFile } from "./test-file.ts";

const DEEPEST = 200;
const SKIPS = /^(?:unittest\.)?(?:skip|expectedFailure)$|^(?:pytest\.)?mark\.(?:skip|xfail)$/u;

interface Reading extends PythonText {
  readonly tests: TestCase[];
}

/** Reads the tests of a Python file: pytest and unittest. */
export function readPythonTests(tree: Tree | null, text: string): TestFile {
  if (tree === null) {
    return {
      tests: [],
      only: [],
      mistake: { message: "The file is too large to be parsed.", line: 1 },
      isUnread: true,
    };
  }
  const lines = indexLines(text);
  const reading: Reading = { text, lineAt: lines.lineAt, tests: [] };
  const whole = wholeSkip(tree.topNode, reading);
  readBlock(tree.topNode, reading, [], whole, 0);
  return { tests: reading.tests, only: [], mistake: mistakeIn(tree, reading), isUnread: false };
}

function mistakeIn(tree: Tree, reading: Reading): TestFile["mistake"] {
  let at = -1;
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError && at === -1) at = from;
      return at === -1;
    },
  });
  return at === -1 ? null : { message: "This does not parse.", line: reading.lineAt(at) };
}

/** `pytestmark = pytest.mark.skip` skips everything in the file. */
function wholeSkip(top: SyntaxNode, reading: Reading): TestCase["skipped"] {
  for (const statement of top.getChildren("AssignStatement")) {
    const code = reading.text.slice(statement.from, statement.to);
    const mark = /^pytestmark\s*=\s*\[?\s*(?:pytest\.)?mark\.(skip|xfail)\b(?!if)/u.exec(code)?.[1];
    if (mark !== undefined)
      return { how: `pytestmark = ${mark}`, line: reading.lineAt(statement.from) };
  }
  return null;
}

function readBlock(
  block: SyntaxNode,
  reading: Reading,
  suites: readonly string[],
  skipped: TestCase["skipped"],
  depth: number,
): void {
  if (depth > DEEPEST) return;
  for (let node = block.firstChild; node !== null; node = node.nextSibling) {
    const decorated = node.name === "DecoratedStatement";
    const decorators = decorated ? node.getChildren("Decorator") : [];
    const inner = decorated
      ? (node.getChild("FunctionDefinition") ?? node.getChild("ClassDefinition"))
      : node;
    if (inner === null) continue;
    const own = skipOf(decorators, reading) ?? skipped;
    const nameNode = inner.getChild("VariableName");
    const name = nameNode === null ? "" : reading.text.slice(nameNode.from, nameNode.to);
    const body = inner.getChild("Body");
    if (inner.name === "ClassDefinition" && body !== null)
      readBlock(body, reading, [...suites, name], own, depth + 1);
    else if (inner.name === "FunctionDefinition" && name.startsWith("test") && body !== null)
      reading.tests.push(
        readTest(
          inner,
          body,
          {
            name: [...suites, name].join(" › "),
            skipped: own,
            cases: casesOf(decorators, reading),
          },
          reading,
        ),
      );
    else if (
      inner.name === "IfStatement" ||
      inner.name === "TryStatement" ||
      inner.name === "WithStatement"
    ) {
      for (const each of inner.getChildren("Body"))
        readBlock(each, reading, suites, own, depth + 1);
    }
  }
}

function skipOf(decorators: readonly SyntaxNode[], reading: Reading): TestCase["skipped"] {
  for (const decorator of decorators) {
    const code = reading.text.slice(decorator.from, decorator.to);
    const [, name = "", given = ""] = /^@\s*([\w.]+)\s*(\([\s\S]*)?/u.exec(code) ?? [];
    // A condition says when to skip; a constant one always does.
    const isAlways = /skipif$/iu.test(name) && /^\(\s*(?:True|1)\b/u.test(given);
    const isConditional =
      name.endsWith("xfail") &&
      /^\(\s*(?:sys|os|platform|not|[A-Z_]+\s*[,)]|condition)/u.test(given);
    if (isAlways || (SKIPS.test(name) && !isConditional))
      return { how: `@${name}`, line: reading.lineAt(decorator.from) };
  }
  return null;
}

/** How many rows a literal `parametrize` has, all of them multiplied. */
function casesOf(decorators: readonly SyntaxNode[], reading: Reading): number {
  let cases = 1;
  for (const decorator of decorators) {
    if (!/parametrize|parameterized/u.test(reading.text.slice(decorator.from, decorator.from + 80)))
      continue;
    const rows = decorator.getChild("ArgList")?.getChildren("ArrayExpression").at(-1);
    if (rows === undefined) continue;
    let count = 0;
    for (let node = rows.firstChild; node !== null; node = node.nextSibling)
      if (!/^[[\],]$|Comment/u.test(node.name)) count += 1;
    cases *= Math.max(1, count);
  }
  return cases;
}

function readTest(
  node: SyntaxNode,
  body: SyntaxNode,
  named: Pick<TestCase, "name" | "skipped" | "cases">,
  reading: Reading,
): TestCase {
  const assertions: Assertion[] = [];
  const found: { skipped: TestCase["skipped"] } = { skipped: named.skipped };
  readBody(body, reading, assertions, found, null, 0);
  return {
    ...named,
    skipped: found.skipped,
    line: reading.lineAt(node.from),
    assertions,
    body: codeOf(body, reading.text),
  };
}

function readBody(
  node: SyntaxNode,
  reading: Reading,
  assertions: Assertion[],
  found: { skipped: TestCase["skipped"] },
  voided: Assertion["void"],
  depth: number,
): void {
  if (depth > DEEPEST) return;
  let inner = voided;
  const isTry = node.name === "TryStatement";
  let isTried = false;
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (isTry && child.name === "try") isTried = swallows(node, reading);
    else if (isTry && /^(?:except|else|finally)$/u.test(child.name)) isTried = false;
    const assertion = readPythonAssertion(child, reading);
    if (assertion !== null) assertions.push({ ...assertion, void: inner });
    if (
      child.name === "CallExpression" &&
      depth <= 1 &&
      /^(?:pytest\.(?:skip|xfail)|self\.skipTest)\(/u.test(
        reading.text.slice(child.from, child.from + 40),
      )
    )
      found.skipped ??= {
        how: reading.text.slice(child.from, child.firstChild?.to ?? child.from),
        line: reading.lineAt(child.from),
      };
    readBody(
      child,
      reading,
      assertions,
      found,
      isTried && child.name === "Body" ? "swallowed" : inner,
      depth + 1,
    );
    if (node.name === "Body" && child.name === "ReturnStatement") inner ??= "unreached";
  }
}

/** Whether a `try` loses a failure: an `except` for everything, or for failed assertions, that does not raise. */
function swallows(node: SyntaxNode, reading: Reading): boolean {
  const code = reading.text.slice(node.from, node.to);
  const handler = /\n[ \t]*except\b([^\n:]*):/u.exec(code);
  if (handler === null || !/^\s*$|Exception|AssertionError/u.test(handler[1] ?? "")) return false;
  return !/\b(?:raise|assert|pytest\.fail|self\.fail|self\.assert\w+)\b/u.test(
    code.slice(handler.index),
  );
}
