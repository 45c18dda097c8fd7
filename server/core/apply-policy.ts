import { finding } from "./checks/check.ts";
import type { Finding } from "./finding.ts";
import { lineLocation } from "./location.ts";
import { matchesGlob } from "./policy/glob.ts";
import { type LoadedPolicy, POLICY_PATH, type PolicyException } from "./policy/policy.ts";
import { printable } from "./printable.ts";

/**
 * Gives findings the policy's severities, drops rules that are off, and marks what an exception
 * covers. `today` is a date, YYYY-MM-DD (a longer ISO time will do). An exception that expired
 * covers nothing; where it would have, that is a finding of its own.
 */
export function applyPolicy(
  findings: readonly Finding[],
  loaded: LoadedPolicy,
  today: string,
): readonly Finding[] {
  const day = today.slice(0, 10);
  const expired = new Set<number>();
  const judged: Finding[] = [];
  for (const each of findings.flatMap((one) => withSeverity(one, loaded))) {
    const exceptions = [...loaded.policy.exceptions.entries()];
    const covering = exceptions.filter(([, exception]) => covers(exception, each));
    const alive = covering.find(([, { expires }]) => day <= expires)?.[1];
    if (alive === undefined) {
      for (const [at] of covering) expired.add(at);
      judged.push(each);
    } else {
      const { reason, owner, expires } = alive;
      judged.push({ ...each, exception: { reason, owner, expires } });
    }
  }
  const told = [...expired].map((at) => expiredFinding(loaded, at));
  return [...judged, ...told.flatMap((each) => withSeverity(each, loaded))].toSorted(bySeverity);
}

function withSeverity(each: Finding, { policy }: LoadedPolicy): readonly Finding[] {
  const severity = policy.severities[each.rule];
  return severity === "off" ? [] : [{ ...each, severity }];
}

function covers(exception: PolicyException, { rule, location }: Finding): boolean {
  return (
    exception.rule === rule &&
    exception.paths.some((glob) => matchesGlob(location.path, glob, { ignoreCase: false }))
  );
}

function expiredFinding(loaded: LoadedPolicy, at: number): Finding {
  const path = loaded.origin === "default" ? POLICY_PATH : loaded.origin.path;
  const { rule, owner, expires, reason } = loaded.policy.exceptions[at] as PolicyException;
  return finding({
    rule: "policy/exception-expired",
    subject: `${rule} ${expires} ${reason}`,
    message: `The exception of ${printable(owner)} for ${rule} expired on ${expires}, so it covers this change no more.`,
    location: lineLocation(path, loaded.exceptionLines[at] ?? 1),
  });
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** Most severe first, then by place, then by fingerprint, so that equal input gives equal output. */
function bySeverity(a: Finding, b: Finding): number {
  return (
    RANK[a.severity] - RANK[b.severity] ||
    compare(a.location.path, b.location.path) ||
    a.location.startLine - b.location.startLine ||
    compare(a.fingerprint, b.fingerprint)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
