/** How many tests of one kind ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One kind of test with its counts; `names` are the failed ones. */
export interface Outcome extends Counts {
  readonly kind: string;
  readonly names: readonly string[];
}

/** The outcome of a thing that either works or does not. */
export function single(kind: string, isGood: boolean): Outcome {
  return isGood
    ? { kind, passed: 1, failed: 0, skipped: 0, names: [] }
    : { kind, passed: 0, failed: 1, skipped: 0, names: [kind] };
}

/**
 * Counts what vitest's JSON reporter wrote. A file that could not be loaded, errors outside of
 * tests, a missing report and a project without tests are each a failure.
 */
export function countVitest(kind: string, report: unknown, exitCode: number | null): Outcome {
  const tests: { readonly name: string; readonly status: string }[] = [];
  const broken: string[] = [];
  for (const file of list(field(report, "testResults"))) {
    const found = list(field(file, "assertionResults"));
    if (found.length === 0) {
      const isBroken = field(file, "status") === "failed";
      if (isBroken) broken.push(`${kind}: ${text(field(file, "name"))} could not be loaded`);
    }
    for (const test of found) {
      tests.push({ name: text(field(test, "fullName")), status: text(field(test, "status")) });
    }
  }
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failures = tests.filter(({ status }) => status === "failed");
  const names = [...failures.map(({ name }) => `${kind}: ${name}`), ...broken];
  if (tests.length === 0 && broken.length === 0) names.push(`${kind}: no test ran`);
  if (exitCode !== 0 && names.length === 0) names.push(`${kind}: vitest ended with ${exitCode}`);
  const skipped = tests.length - passed - failures.length;
  return { kind, passed, failed: names.length, skipped, names };
}

/** Adds up. */
export function sum(outcomes: readonly Counts[]): Counts {
  const add = (key: keyof Counts): number =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0);
  return { passed: add("passed"), failed: add("failed"), skipped: add("skipped") };
}

/** The last line of `npm test`. */
export function finalLine({ passed, failed, skipped }: Counts): string {
  const more = skipped === 0 ? "" : `, ${skipped} skipped`;
  return `${passed} passed, ${failed} failed${more}`;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
