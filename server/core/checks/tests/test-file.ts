/** What a test file states, language aside. */
export interface TestFile {
  readonly tests: readonly TestCase[];
  /** Tests and suites that run alone, leaving the others out. */
  readonly only: readonly NamedLine[];
  /** The file does not parse, so what is missing may only be unread. */
  readonly mistake: { readonly message: string; readonly line: number } | null;
  /** Nothing of it could be read. */
  readonly isUnread: boolean;
}

/** A name of the file and its line. */
export interface NamedLine {
  readonly name: string;
  readonly line: number;
}

/** One test with all that it asserts. */
export interface TestCase extends NamedLine {
  /** Where it is told not to run, or to be expected to fail; null where it simply runs. */
  readonly skipped: { readonly how: string; readonly line: number } | null;
  /** How many cases it is run with, where it says so. */
  readonly cases: number;
  readonly assertions: readonly Assertion[];
  /** Its code without spaces, cut where it is long, by which it is known again under another name. */
  readonly body: string;
}

/** How much an assertion says: `nothing`, that something is there, what it is like, or what it is. */
export const STRENGTHS = ["nothing", "presence", "likeness", "value"] as const;
export type Strength = (typeof STRENGTHS)[number];

/** One assertion, as code without its spaces. */
export interface Assertion {
  /** What it is about; empty where it is about nothing, such as `expect(true)`. */
  readonly subject: string;
  readonly strength: Strength;
  /** How it is written: `toBe`, `assertEqual`, `==`. */
  readonly how: string;
  readonly text: string;
  readonly line: number;
  /** Why it cannot fail the test, where it cannot. */
  readonly void: "swallowed" | "unreached" | null;
}

/** How much an assertion counts: one that cannot fail counts nothing. */
export function worthOf({ strength, void: why }: Assertion): number {
  return why === null ? STRENGTHS.indexOf(strength) : 0;
}

/** How much all assertions of a test count together. */
export function worthOfTest({ assertions, cases }: TestCase): number {
  return assertions.reduce((sum, each) => sum + worthOf(each), 0) * Math.max(1, cases);
}
