import type { SyntaxNode } from "../../../ecosystems/npm/syntax.ts";
import { chainOf, codeOf, lineOf, nodeAt, nodesAt } from "./script-nodes.ts";
import type { Assertion, Strength } from "./test-file.ts";

const PRESENCE: ReadonlySet<string> = new Set([
  ..."toBeTruthy toBeFalsy toBeDefined ok exist exists truthy falsy notThrows doesNotThrow".split(
    " ",
  ),
  ..."doesNotReject isOk isDefined isNotNull isDefined notEqual notStrictEqual notDeepEqual".split(
    " ",
  ),
  ..."notDeepStrictEqual isNot notOk toBeVisible toBeInTheDocument".split(" "),
]);
const LIKENESS: ReadonlySet<string> = new Set([
  ..."toContain toContainEqual toMatch toMatchObject toBeCloseTo toBeGreaterThan".split(" "),
  ..."toBeGreaterThanOrEqual toBeLessThan toBeLessThanOrEqual toHaveProperty toBeInstanceOf".split(
    " ",
  ),
  ..."toThrow toThrowError toHaveBeenCalled toBeTypeOf toSatisfy toMatchSnapshot".split(" "),
  ..."match throws rejects include includes contain contains above below least most within a an".split(
    " ",
  ),
  ..."instanceof instanceOf property closeTo approximately lengthOf isAbove isBelow typeOf like regex".split(
    " ",
  ),
  ..."throwsAsync called toBeOneOf partialDeepStrictEqual matchObject has keys members".split(" "),
]);
const LOOSE =
  /\bexpect\.(?:any|anything|objectContaining|arrayContaining|stringContaining|stringMatching|closeTo)\b/u;
const COMPARISONS: ReadonlySet<string> = new Set(["===", "==", "!==", "!="]);
const LITERALS: ReadonlySet<string> = new Set([
  "BooleanLiteral",
  "NumericLiteral",
  "StringLiteral",
  "NullLiteral",
]);
/** Objects whose methods assert: node's, chai's, and what tape, tap, ava and QUnit hand to a test. */
const ASSERTERS: ReadonlySet<string> = new Set(["assert", "t", "test", "tap"]);
const ASSERTIVE =
  /^(?:ok|notOk|equal|notEqual|strictEqual|notStrictEqual|deepEqual|notDeepEqual|deepStrictEqual|notDeepStrictEqual|partialDeepStrictEqual|is|not|same|truthy|falsy|true|false|match|regex|like|throws|doesNotThrow|notThrows|throwsAsync|rejects|doesNotReject|snapshot|fail|is[A-Z]\w*|include\w*|lengthOf|property|typeOf|instanceOf|closeTo|exists|has|hasOwn)$/u;
const BARE =
  /^(?:assert|strictEqual|deepStrictEqual|deepEqual|notStrictEqual|(?:expect|assert|verify|check|should|ensure)[A-Z]\w*)$/u;

/** The assertions that a node makes; it is the outermost node of its chain. */
export function readAssertions(node: SyntaxNode, text: string): readonly Omit<Assertion, "void">[] {
  const { names = [], calls = [] } = isChain(node) ? (chainOf(node) ?? {}) : {};
  const [root, ...words] = names;
  if (root !== "expect" && words.includes("expect")) return responsesOf(calls, text);
  const one = readAssertion(node, text);
  return one === null ? [] : [one];
}

function isChain({ type }: SyntaxNode): boolean {
  return /^(?:Optional)?(?:Call|Member)Expression$/u.test(type);
}

/** supertest: `request(app).get("/").expect(200).expect("x")`, each of which is about the response. */
function responsesOf(
  calls: readonly SyntaxNode[],
  text: string,
): readonly Omit<Assertion, "void">[] {
  return calls.flatMap((call) => {
    const property = nodeAt(nodeAt(call, "callee"), "property");
    if (property?.["name"] !== "expect") return [];
    const given = nodesAt(call, "arguments")
      .map((each) => codeOf(each, text))
      .join(",");
    const line = lineOf(property);
    return [{ subject: "response", strength: "value", how: "expect", text: given, line }];
  });
}

function readAssertion(node: SyntaxNode, text: string): Omit<Assertion, "void"> | null {
  if (!isChain(node)) return null;
  const chain = chainOf(node);
  if (chain === null) return null;
  const [root = "", ...names] = chain.names;
  const [first] = chain.calls;
  if (root === "expect") return first && names.length > 0 ? readExpect(node, chain, text) : null;
  if (names.includes("should")) return readShould(node, names, text);
  const last = names.at(-1) ?? root;
  const isAsserter = ASSERTERS.has(root) || (root === "node" && names[0] === "assert");
  if (node.type !== "CallExpression") return null;
  const asserts =
    (isAsserter &&
      names.length > 0 &&
      names.length < 3 &&
      (names[0] === "assert" || ASSERTIVE.test(last))) ||
    (names.length === 0 && BARE.test(root));
  return asserts ? readCall(node, last, text) : null;
}

/** `expect(subject).not.to.matcher(expected)`: every word and call of the chain counts. */
function readExpect(
  node: SyntaxNode,
  { names, calls }: { readonly names: readonly string[]; readonly calls: readonly SyntaxNode[] },
  text: string,
): Omit<Assertion, "void"> | null {
  const words = names.slice(1);
  const opening = calls[0];
  const [subject] = nodesAt(opening, "arguments");
  // `expect.assertions(2)` and `expect.extend({})` begin with a word, not with a call.
  if (
    opening === undefined ||
    (nodeAt(opening, "callee")?.type === "MemberExpression" &&
      words[0] !== "soft" &&
      words[0] !== "poll")
  )
    return null;
  const how = words
    .filter(
      (word) => !/^(?:to|be|been|have|that|and|which|with|soft|poll|resolves|deep)$/u.test(word),
    )
    .join(".");
  const expected = nodesAt(calls.at(-1), "arguments")
    .map((each) => codeOf(each, text))
    .join(",");
  const last = words.at(-1) ?? "";
  const isPlain = subject === undefined || LITERALS.has(subject.type);
  return {
    subject:
      isPlain && /^(?:toBe\w*|toEqual|equal|true|ok|toStrictEqual)$/u.test(last)
        ? ""
        : codeOf(subject, text),
    strength: isPlain ? "nothing" : strengthOf(words, expected, calls.length > 1),
    how: how === "" ? last : how,
    text: codeOf(node, text),
    line: lineOf(node),
  };
}

/** `subject.should.equal(expected)` */
function readShould(
  node: SyntaxNode,
  names: readonly string[],
  text: string,
): Omit<Assertion, "void"> {
  const words = names.slice(names.indexOf("should") + 1);
  const whole = codeOf(node, text);
  const subject = whole.slice(0, whole.indexOf(".should"));
  const strength = strengthOf(words, whole.slice(subject.length), node.type === "CallExpression");
  return { subject, strength, how: words.join("."), text: whole, line: lineOf(node) };
}

function strengthOf(words: readonly string[], expected: string, isCalled: boolean): Strength {
  const last = words.at(-1) ?? "";
  const isNot = words.includes("not");
  if (PRESENCE.has(last) || (last === "undefined" && isNot) || (last === "null" && isNot))
    return "presence";
  if (isNot && /^(?:toBeNull|toBeUndefined|toThrow|toThrowError|throw|throws)$/u.test(last))
    return "presence";
  if (isNot && /^(?:toBe|toEqual|toStrictEqual|equal|eql|eq)$/u.test(last)) return "presence";
  if (/^toThrow(?:Error|ErrorMatching\w+)?$/u.test(last) && expected !== "") return "value";
  if (LIKENESS.has(last) || LOOSE.test(expected)) return "likeness";
  if (!isCalled && /^(?:throw|called|empty)$/u.test(last)) return "likeness";
  return "value";
}

/** `assert.equal(subject, expected)`, `t.is(subject, expected)`, `assertValid(subject)`. */
function readCall(node: SyntaxNode, how: string, text: string): Omit<Assertion, "void"> {
  const [subject, expected] = nodesAt(node, "arguments");
  const isTruth = /^(?:ok|assert|truthy|true|isTrue)$/u.test(how);
  const compared =
    isTruth && subject?.type === "BinaryExpression" && COMPARISONS.has(String(subject["operator"]));
  const about = compared ? nodeAt(subject, "left") : subject;
  const isPlain =
    about !== undefined &&
    about !== null &&
    LITERALS.has(about.type) &&
    (isTruth || (expected !== undefined && LITERALS.has(expected.type)));
  return {
    subject: isPlain ? "" : codeOf(about, text),
    strength: isPlain
      ? "nothing"
      : compared
        ? String(subject["operator"]).startsWith("!")
          ? "presence"
          : "value"
        : strengthOfCall(how, isTruth),
    how,
    text: codeOf(node, text),
    line: lineOf(node),
  };
}

function strengthOfCall(how: string, isTruth: boolean): Strength {
  if (how === "true" || how === "isTrue") return "value";
  if (isTruth || PRESENCE.has(how) || /^(?:not|doesNot)[A-Z]|^isNot|^not$/u.test(how))
    return "presence";
  return LIKENESS.has(how) || how.startsWith("include") ? "likeness" : "value";
}
