import { type ParsedScript, type SyntaxNode } from "../../../ecosystems/npm/syntax.ts";
import { readAssertions } from "./script-assertions.ts";
import {
  chainOf,
  childrenOf,
  codeOf,
  isFunction,
  lineOf,
  nodeAt,
  nodesAt,
} from "./script-nodes.ts";
import type { Assertion, NamedLine, TestCase, TestFile } from "./test-file.ts";

const TESTS: ReadonlySet<string> = new Set([
  "it",
  "test",
  "specify",
  "fit",
  "xit",
  "xtest",
  "xspecify",
]);
const SUITES: ReadonlySet<string> = new Set([
  "describe",
  "suite",
  "context",
  "fdescribe",
  "xdescribe",
  "xcontext",
]);
/** Words that may stand between the name of a test function and its call. */
const MODIFIERS =
  /^(?:skip|only|todo|each|for|fails|failing|fixme|concurrent|sequential|serial|skipIf|runIf|describe|step|cb|shuffle|extend)$/u;
/** Deeper nesting than this is no test file that a person wrote. */
const DEEPEST = 400;
const MOST_TESTS = 5000;

interface Reading {
  readonly text: string;
  readonly tests: TestCase[];
  readonly only: NamedLine[];
}

/** The test or suite that is being read. */
interface Scope {
  readonly suites: readonly string[];
  readonly skipped: TestCase["skipped"];
}

/** Reads the tests of a JavaScript or TypeScript file: mocha, jest, vitest, node:test, jasmine, ava, tape, Playwright. */
export function readScriptTests({ file, mistake }: ParsedScript, text: string): TestFile {
  if (file === null) return { tests: [], only: [], mistake, isUnread: true };
  const reading: Reading = { text, tests: [], only: [] };
  readSuite(file, reading, { suites: [], skipped: null }, 0);
  return { tests: reading.tests, only: reading.only, mistake: null, isUnread: false };
}

function readSuite(node: SyntaxNode, reading: Reading, scope: Scope, depth: number): void {
  if (depth > DEEPEST || reading.tests.length > MOST_TESTS) return;
  const call = testCallOf(node, reading.text);
  if (call === null) {
    for (const child of childrenOf(node)) readSuite(child, reading, scope, depth + 1);
    return;
  }
  readDeclared(node, call, reading, scope, depth);
}

function readDeclared(
  node: SyntaxNode,
  call: TestCall,
  reading: Reading,
  scope: Scope,
  depth: number,
): void {
  const name = [...scope.suites, call.name].join(" › ");
  const line = lineOf(node);
  if (call.isOnly) reading.only.push({ name, line });
  const skipped = call.skip === null ? scope.skipped : { how: call.skip, line };
  if (call.isSuite) {
    const inner = { suites: [...scope.suites, call.name], skipped };
    if (call.body !== null) readSuite(call.body, reading, inner, depth + 1);
    return;
  }
  const inner = { suites: [...scope.suites, call.name], skipped };
  const assertions: Assertion[] = [];
  if (call.body !== null) readBody(call.body, reading, inner, { assertions }, null, depth + 1);
  const own = skipped ?? (call.body === null ? null : skipIn(call.body));
  const code = codeOf(call.body, reading.text);
  reading.tests.push({ name, line, skipped: own, cases: call.cases, assertions, body: code });
}

/** Collects what a test asserts; tests inside of it are tests of their own. */
function readBody(
  node: SyntaxNode,
  reading: Reading,
  scope: Scope,
  body: { readonly assertions: Assertion[] },
  voided: Assertion["void"],
  depth: number,
): void {
  if (depth > DEEPEST) return;
  const nested = testCallOf(node, reading.text);
  if (nested !== null && nested.body !== null) {
    readDeclared(node, nested, reading, scope, depth);
    return;
  }
  const found = readAssertions(node, reading.text);
  for (const each of found) body.assertions.push({ ...each, void: voided });
  const isBlock = node.type === "BlockStatement";
  let inner = voided;
  for (const child of found.length === 0 ? childrenOf(node) : givenTo(node)) {
    const isTried = node.type === "TryStatement" && child === node["block"];
    const why = isTried && swallows(node) ? "swallowed" : inner;
    readBody(child, reading, scope, body, why, depth + 1);
    if (isBlock && child.type === "ReturnStatement" && child["argument"] === null)
      inner ??= "unreached";
  }
}

/** What an assertion is given: the chain around it is read already. */
function givenTo(node: SyntaxNode): readonly SyntaxNode[] {
  return (chainOf(node)?.calls ?? []).flatMap((call) => nodesAt(call, "arguments"));
}

/** Where a test skips itself whatever happens: `t.skip()`, `this.skip()`, `test.skip()` as a statement of its own. */
function skipIn(block: SyntaxNode): TestCase["skipped"] {
  for (const statement of block.type === "BlockStatement" ? nodesAt(block, "body") : []) {
    const call = nodeAt(statement, "expression") ?? nodeAt(statement, "argument");
    if (call?.type !== "CallExpression") continue;
    const { names = [], calls = [] } = chainOf(call) ?? {};
    const [first] = nodesAt(call, "arguments");
    const isAlways =
      first === undefined || first.type === "StringLiteral" || first["value"] === true;
    const isSkip = /^(?:t|this|test|ctx|context)\.(?:skip|fixme)$/u.test(names.join("."));
    if (isSkip && isAlways && calls.length === 1)
      return { how: `${names.join(".")}()`, line: lineOf(call) };
  }
  return null;
}

/** Whether a failure inside the block of a `try` is lost: its `catch` neither throws nor asserts. */
function swallows(node: SyntaxNode): boolean {
  const handler = nodeAt(node, "handler");
  if (handler === null) return false;
  const open = [...childrenOf(handler)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.type === "ThrowStatement") return false;
    if (next.type === "CallExpression") {
      const names = chainOf(next)?.names ?? [];
      if (
        /^(?:expect|assert|fail|t|done|reject|should|chai)/u.test(names[0] ?? "") ||
        names.at(-1) === "exit"
      )
        return false;
    }
    open.push(...childrenOf(next));
  }
  return true;
}

interface TestCall {
  readonly name: string;
  readonly isSuite: boolean;
  readonly isOnly: boolean;
  readonly skip: string | null;
  readonly cases: number;
  readonly body: SyntaxNode | null;
}

/** The test or suite that a call declares; null where it declares none. */
function testCallOf(node: SyntaxNode, text: string): TestCall | null {
  if (node.type !== "CallExpression") return null;
  const chain = chainOf(node);
  const [root = "", ...words] = chain?.names ?? [];
  const isOfTest =
    /^(?:t|test|QUnit|Deno)$/u.test(root) &&
    words.length === 1 &&
    /^(?:test|describe)$/u.test(words[0] ?? "");
  if (chain === null || !(TESTS.has(root) || SUITES.has(root) || isOfTest)) return null;
  if (!isOfTest && !words.every((word) => MODIFIERS.test(word))) return null;
  const given = nodesAt(node, "arguments");
  const body = given.findLast(isFunction) ?? null;
  const isTodo = words.includes("todo");
  const [first] = given;
  // A condition is no name, and `test.each(rows)` alone is no test yet.
  if (
    first === undefined ||
    isFunction(first) ||
    (body === null && !isTodo && !isNamed(first, given))
  )
    return null;
  const options = given.find(({ type }) => type === "ObjectExpression");
  const isSuite = SUITES.has(root) || words.includes("describe");
  return {
    name: nameOf(first, text),
    isSuite,
    isOnly: words.includes("only") || root.startsWith("f") || isSet(options, "only", text),
    skip: skipOf(root, words, options, text),
    cases: casesOf(chain.calls),
    body: body === null ? null : nodeAt(body, "body"),
  };
}

/** `test("name", named)`: a string first, and something that can be run. */
function isNamed(first: SyntaxNode, given: readonly SyntaxNode[]): boolean {
  return /^(?:StringLiteral|TemplateLiteral)$/u.test(first.type) && given.length > 1;
}

function nameOf(node: SyntaxNode, text: string): string {
  return node.type === "StringLiteral" ? String(node["value"]) : codeOf(node, text, 200);
}

function skipOf(
  root: string,
  words: readonly string[],
  options: SyntaxNode | undefined,
  text: string,
): string | null {
  const word = words.find((each) => /^(?:skip|todo|fails|failing|fixme)$/u.test(each));
  if (word !== undefined) return `.${word}`;
  if (root.startsWith("x")) return root;
  const option = ["skip", "todo"].find((name) => isSet(options, name, text));
  return option === undefined ? null : `{ ${option} }`;
}

/** Whether an option is given a value that is surely not false. */
function isSet(options: SyntaxNode | undefined, name: string, text: string): boolean {
  return nodesAt(options, "properties").some((property) => {
    const key = codeOf(nodeAt(property, "key"), text, 50);
    const value = nodeAt(property, "value");
    const isTrue = value?.type === "StringLiteral" || value?.["value"] === true;
    return key === name && isTrue;
  });
}

/** How many rows `.each([…])` has; one where it does not say. */
function casesOf(calls: readonly SyntaxNode[]): number {
  for (const call of calls.slice(0, -1)) {
    const [rows] = nodesAt(call, "arguments");
    if (rows?.type === "ArrayExpression") return Math.max(1, nodesAt(rows, "elements").length);
    const lines = nodesAt(nodeAt(call, "quasi"), "quasis").length;
    if (lines > 0) return lines;
  }
  return 1;
}
