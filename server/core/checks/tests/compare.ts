import { distance } from "fastest-levenshtein";

import { type Assertion, type TestCase, type TestFile, worthOf, worthOfTest } from "./test-file.ts";

/** Shorter bodies say too little to be known by. */
const LEAST_BODY = 20;
const LONGEST_NAME = 200;
/** Most pairs of tests that are held against each other. */
const MOST_PAIRS = 100_000;
/** How much of a name may be another for it to be the same test. */
const MOST_APART = 0.3;

/** A way in which a test asks for less than before. */
export type Weakening =
  | { readonly kind: "gone"; readonly test: TestCase }
  | {
      readonly kind: "skipped";
      readonly test: TestCase;
      readonly how: string;
      readonly line: number;
    }
  | { readonly kind: "only"; readonly name: string; readonly line: number }
  | { readonly kind: "emptied"; readonly test: TestCase; readonly before: number }
  | {
      readonly kind: "loosened";
      readonly test: TestCase;
      readonly from: Assertion;
      readonly to: Assertion;
    }
  | { readonly kind: "voided"; readonly test: TestCase; readonly assertion: Assertion }
  | {
      readonly kind: "fewer";
      readonly test: TestCase;
      readonly before: number;
      readonly after: number;
      /** The first assertion that is gone. */
      readonly first: Assertion;
    };

/**
 * What a test file asks less for than before. Tests are matched by their names, then by what they
 * assert: one that was renamed, moved to another file (`elsewhere`) or made a row of a table is not gone.
 */
export function compareTests(
  before: TestFile,
  after: TestFile,
  elsewhere: readonly TestCase[] = [],
): readonly Weakening[] {
  const { pairs, gone, fresh } = matchTests(before.tests, after.tests);
  const kept = new Set(
    [...fresh, ...elsewhere].flatMap(({ assertions }) => assertions.map(({ text }) => text)),
  );
  const found: Weakening[] = pairs.flatMap(([old, test]) => weakenings(old, test, kept));
  const others = [...fresh, ...elsewhere].slice(0, Math.ceil(MOST_PAIRS / (gone.length + 1)));
  for (const test of gone) {
    // What did not run before is not missed.
    if (test.skipped !== null) continue;
    if (!isCovered(test, gone.length, others)) found.push({ kind: "gone", test });
  }
  const known = new Set(before.only.map(({ name }) => name));
  for (const { name, line } of after.only) {
    if (!known.has(name)) found.push({ kind: "only", name, line });
  }
  return found;
}

interface Matches {
  readonly pairs: readonly (readonly [TestCase, TestCase])[];
  readonly gone: readonly TestCase[];
  readonly fresh: readonly TestCase[];
}

/** By name, tests of one name in their order; then by assertions that are the same; then by the order. */
function matchTests(before: readonly TestCase[], after: readonly TestCase[]): Matches {
  const byName = Map.groupBy(after, ({ name }) => name);
  const pairs: [TestCase, TestCase][] = [];
  const left: TestCase[] = [];
  for (const test of before) {
    const same = byName.get(test.name)?.shift();
    if (same === undefined) left.push(test);
    else pairs.push([test, same]);
  }
  const fresh = new Set([...byName.values()].flat());
  const isFew = left.length * fresh.size <= MOST_PAIRS;
  const gone = left.filter((test) => {
    const renamed = isFew ? closest(test, fresh) : sameBody(test, fresh);
    if (renamed === null) return true;
    fresh.delete(renamed);
    pairs.push([test, renamed]);
    return false;
  });
  return { pairs, gone, fresh: [...fresh] };
}

/** Where too many tests were renamed to compare each with each: only the same code counts. */
function sameBody(test: TestCase, fresh: ReadonlySet<TestCase>): TestCase | null {
  for (const other of fresh) if (isSameBody(test, other)) return other;
  return null;
}

/** The new test that has the same code, a name that is nearly the same, or asserts most of the same. */
function closest(test: TestCase, fresh: ReadonlySet<TestCase>): TestCase | null {
  const own = new Set(test.assertions.map(({ subject }) => subject));
  let best: TestCase | null = null;
  let most = 0;
  for (const other of fresh) {
    const shared = other.assertions.filter(({ subject }) => own.has(subject)).length;
    const score =
      shared + (isSameBody(test, other) ? 1000 : 0) + (hasLikeName(test, other) ? 100 : 0);
    if (score > most) [best, most] = [other, score];
  }
  return best;
}

function isSameBody(a: TestCase, b: TestCase): boolean {
  return a.body.length >= LEAST_BODY && a.body === b.body;
}

/** The same name in another suite, or one that differs by a word or a slip. */
function hasLikeName(a: TestCase, b: TestCase): boolean {
  const [left, right] = [leafOf(a), leafOf(b)];
  const longest = Math.max(left.length, right.length);
  if (longest > LONGEST_NAME) return left === right;
  return distance(left, right) <= longest * MOST_APART;
}

function leafOf({ name }: TestCase): string {
  return name.slice(name.lastIndexOf(" › ") + 1).replace(/^› /u, "");
}

/** Whether new tests assert what a test that is gone did: the same lines, or a table with a row for each that is gone. */
function isCovered(test: TestCase, goneCount: number, others: readonly TestCase[]): boolean {
  const worthy = test.assertions.filter((each) => worthOf(each) > 0);
  return others.some((other) => {
    if (other.skipped !== null) return false;
    if (isSameBody(test, other)) return true;
    const texts = new Set(other.assertions.map(({ text }) => text));
    if (
      other.name === test.name ||
      (worthy.length > 0 && worthy.every(({ text }) => texts.has(text)))
    )
      return true;
    const strongest = (list: readonly Assertion[]) => Math.max(0, ...list.map(worthOf));
    return (
      other.cases > 1 &&
      other.cases >= goneCount &&
      strongest(other.assertions) >= strongest(worthy)
    );
  });
}

function weakenings(
  old: TestCase,
  test: TestCase,
  kept: ReadonlySet<string>,
): readonly Weakening[] {
  if (old.skipped === null && test.skipped !== null)
    return [{ kind: "skipped", test, ...test.skipped }];
  const before = old.assertions.filter((each) => worthOf(each) > 0);
  const after = test.assertions.filter((each) => worthOf(each) > 0);
  const voided = newlyVoid(old, test);
  if (voided.length > 0) return voided;
  const isMoved = before.length > 0 && before.every(({ text }) => kept.has(text));
  if (before.length > 0 && after.length === 0)
    return isMoved ? [] : [{ kind: "emptied", test, before: before.length }];
  const loosened = findLoosened(test, before, after);
  if (loosened.length > 0) return loosened;
  const first = firstMissing(before, after, kept);
  if (first === undefined || worthOfTest(test) >= worthOfTest(old)) return [];
  return [{ kind: "fewer", test, before: before.length, after: after.length, first }];
}

/** The first assertion whose text and subject the test has fewer times than before. */
function firstMissing(
  before: readonly Assertion[],
  after: readonly Assertion[],
  kept: ReadonlySet<string>,
): Assertion | undefined {
  const texts = new Set(after.map(({ text }) => text));
  const subjects = new Map<string, number>();
  for (const { subject } of after) subjects.set(subject, (subjects.get(subject) ?? 0) + 1);
  const gone = before.filter(({ subject }) => {
    const left = subjects.get(subject) ?? 0;
    subjects.set(subject, left - 1);
    return left <= 0;
  });
  const candidates = gone.length === 0 ? [] : before.filter(({ text }) => !texts.has(text));
  return candidates.find(
    ({ subject, text }) => !kept.has(text) && gone.some((each) => each.subject === subject),
  );
}

/** Assertions that could fail the test before and cannot any more. */
function newlyVoid(old: TestCase, test: TestCase): readonly Weakening[] {
  const could = new Set(
    old.assertions.filter((each) => worthOf(each) > 0).map(({ subject }) => subject),
  );
  const still = new Set(
    test.assertions.filter((each) => worthOf(each) > 0).map(({ subject }) => subject),
  );
  const assertion = test.assertions.find(
    (each) => each.void !== null && could.has(each.subject) && !still.has(each.subject),
  );
  return assertion === undefined ? [] : [{ kind: "voided", test, assertion }];
}

/** Assertions on the same subject that say less than before; of several, the strongest are compared first. */
function findLoosened(
  test: TestCase,
  before: readonly Assertion[],
  after: readonly Assertion[],
): readonly Weakening[] {
  const strongestFirst = (list: readonly Assertion[]) =>
    list.toSorted((a, b) => worthOf(b) - worthOf(a));
  const bySubject = Map.groupBy(after, ({ subject }) => subject);
  return [...Map.groupBy(before, ({ subject }) => subject)].flatMap(([subject, list]) => {
    const fresh = strongestFirst(bySubject.get(subject) ?? []);
    const texts = new Set(fresh.map(({ text }) => text));
    for (const [at, from] of strongestFirst(list).entries()) {
      const to = fresh[at];
      if (to === undefined || worthOf(to) >= worthOf(from) || texts.has(from.text)) continue;
      return [{ kind: "loosened", test, from, to } as const];
    }
    return [];
  });
}
