import type { Delta } from "./delta.ts";
import { isLoopback } from "./observe/addresses.ts";
import type { Behaviour, RunRecord, TestOutcome } from "./run.ts";

type ChangedTest = Delta["tests"][number];

/** From worst to best. */
const ORDER: readonly TestOutcome["status"][] = ["failed", "skipped", "passed"];

/**
 * What head does that base does not. The order in which things happened, how long they took and
 * what differs from run to run anyway (process numbers, temporary names, free ports) do not count.
 */
export function compareRuns(base: RunRecord, head: RunRecord): Delta {
  const known = new Set(base.behaviours.map(essence));
  const appeared: Behaviour[] = [];
  const seen = new Set<string>();
  for (const behaviour of head.behaviours) {
    const key = essence(behaviour);
    if (known.has(key) || seen.has(key)) continue;
    seen.add(key);
    appeared.push(behaviour);
  }
  return {
    base: base.key,
    head: head.key,
    tests: compareTests(base.tests, head.tests),
    appeared: appeared.toSorted((a, b) => order(essence(a), essence(b))),
  };
}

/** What a behaviour is once the parts are left out that differ between two runs of the same program. */
function essence(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case "connect":
      // A service of the box itself listens on whatever port was free.
      return isLoopback(behaviour.address)
        ? JSON.stringify(["connect", "loopback", behaviour.protocol])
        : JSON.stringify([
            "connect",
            behaviour.protocol,
            behaviour.host ?? behaviour.address,
            behaviour.port,
          ]);
    case "lookup":
      return JSON.stringify(["lookup", behaviour.name, behaviour.type]);
    case "process":
      return JSON.stringify(["process", ...behaviour.argv.map(steadyArgument)]);
    case "file":
      return JSON.stringify(["file", behaviour.operation, steady(behaviour.path)]);
  }
}

const TEST_FILE =
  /^[^\s"']*(?:\/|^)(?:__tests__|tests?|specs?)\/[^\s"']+$|[._-](?:test|spec)\.[cm]?[jt]sx?$/;

/** A runner starts a process for each test file: another file alone is no other program. */
function steadyArgument(argument: string, index: number): string {
  return index > 0 && argument.length < 4096 && TEST_FILE.test(argument) ? "*" : steady(argument);
}

/** A text without process numbers, ports, hashes and the random part of temporary names. */
function steady(text: string): string {
  return text
    .replaceAll(/(\/(?:tmp|dev\/shm)\/tmp)[a-z0-9_]{6,10}(?=$|[/\s"'])/g, "$1*")
    .replaceAll(/(\/(?:tmp|dev\/shm)\/[^/\s"']{0,200}[-_.])[A-Za-z0-9]{6,}(?=$|[/\s"'])/g, "$1*")
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "*")
    .replaceAll(/\b(?=[a-f]*[0-9])[0-9a-f]{12,}\b/gi, "*")
    .replaceAll(/(?<![0-9.])\d{3,}(?![0-9.])/g, "*");
}

function compareTests(
  base: readonly TestOutcome[],
  head: readonly TestOutcome[],
): readonly ChangedTest[] {
  const before = outcomesByName(base);
  const after = outcomesByName(head);
  const groups = { before: groupsOf(before.keys()), after: groupsOf(after.keys()) };
  const changed: ChangedTest[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    // A runner that lists a file's tests on one side and only the file on the other tells the same.
    if (!after.has(name) && isToldOtherwise(name, before, after, groups.after)) continue;
    if (!before.has(name) && isToldOtherwise(name, after, before, groups.before)) continue;
    const difference = firstDifference(before.get(name) ?? [], after.get(name) ?? []);
    if (difference !== null) changed.push({ name, ...difference });
  }
  return changed.toSorted((a, b) => order(a.name, b.name));
}

/** Several tests can have one name: their outcomes are compared as a whole, worst first. */
function outcomesByName(tests: readonly TestOutcome[]): Map<string, TestOutcome[]> {
  const outcomes = new Map<string, TestOutcome[]>();
  for (const test of tests) {
    const known = outcomes.get(test.name);
    if (known === undefined) outcomes.set(test.name, [test]);
    else known.push(test);
  }
  for (const list of outcomes.values()) {
    list.sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  }
  return outcomes;
}

function firstDifference(
  before: readonly TestOutcome[],
  after: readonly TestOutcome[],
): Pick<ChangedTest, "before" | "after"> | null {
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    const [was, is] = [before[at] ?? null, after[at] ?? null];
    if (was?.status !== is?.status) return { before: was, after: is };
  }
  return null;
}

/** Whether the other side tells of the same test under its group's name, or under those of its parts. */
function isToldOtherwise(
  name: string,
  own: ReadonlyMap<string, readonly TestOutcome[]>,
  other: ReadonlyMap<string, readonly TestOutcome[]>,
  otherGroups: ReadonlySet<string>,
): boolean {
  if (own.get(name)?.some(({ status }) => status !== "passed")) return false;
  if (otherGroups.has(name)) return true;
  const file = fileOf(name);
  return file !== null && other.get(file)?.every(({ status }) => status === "passed") === true;
}

/** The file or package that a test's name begins with; a suite's name is none, or it could stand in for its tests. */
function fileOf(name: string): string | null {
  const first = name.split(" › ", 1)[0] ?? "";
  return first !== name && /^\S+[./]\S+$/.test(first) ? first : null;
}

function groupsOf(names: Iterable<string>): ReadonlySet<string> {
  const groups = new Set<string>();
  for (const name of names) {
    const file = fileOf(name);
    if (file !== null) groups.add(file);
  }
  return groups;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
