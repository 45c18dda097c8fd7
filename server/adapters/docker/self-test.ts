import { z } from "zod";

import type { Isolation, Limits } from "../../core/run.ts";
import { BOX_UID } from "./keeper/protocol.ts";
import type { SelfReport } from "./launch-order.ts";

/** The address that the self-test tries to reach: reserved for documentation (RFC 5737). */
export const SELF_TEST_ADDRESS = { address: "192.0.2.1", port: 9 } as const;

/** What holds before a box has told anything. */
export const NOTHING_PROVEN: Isolation["selfTest"] = {
  connectionDenied: false,
  writeDenied: false,
  limitsApplied: false,
  unprivileged: false,
};

/** Errors that say "no way out", at once. */
const DENIED = new Set(["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "EACCES", "EPERM"]);

const short = z.string().max(200);
const Report = z.object({
  connect: short,
  writes: z.array(short).min(1).max(10),
  user: z.array(short).max(10),
  group: z.array(short).max(10),
  capabilities: z.array(short).max(10),
  noNewPrivileges: short,
  seccomp: short,
  memory: short,
  pids: short,
  cpu: short,
}) satisfies z.ZodType<SelfReport>;

/** Reads the launcher's first line. Throws where it is none. */
export function readSelfReport(line: string): SelfReport {
  return Report.parse(JSON.parse(line));
}

/**
 * What the box proved about itself. A denied connection counts only where the keeper also saw the
 * attempt: the same proof then holds for the observation.
 */
export function judgeSelfReport(
  report: SelfReport,
  limits: Limits,
  attemptWasSeen: boolean,
): Isolation["selfTest"] {
  return {
    connectionDenied: DENIED.has(report.connect) && attemptWasSeen,
    writeDenied: report.writes.every((outcome) => ["EROFS", "EACCES", "EPERM"].includes(outcome)),
    limitsApplied: limitsApplied(report, limits),
    unprivileged:
      report.user.length === 4 &&
      [...report.user, ...report.group].every((id) => id === String(BOX_UID)) &&
      report.capabilities.length === 5 &&
      report.capabilities.every((set) => /^0+$/.test(set)) &&
      report.noNewPrivileges === "1" &&
      report.seccomp === "2",
  };
}

/** What is missing from a self-test, in words; empty where all of it holds. */
export function missingProofs(selfTest: Isolation["selfTest"]): string[] {
  const proofs: readonly [boolean, string][] = [
    [selfTest.connectionDenied, "a connection was not denied and seen"],
    [selfTest.writeDenied, "a write outside the workspace was not denied"],
    [selfTest.limitsApplied, "the limits asked for do not hold"],
    [selfTest.unprivileged, "the program would have privileges"],
  ];
  return proofs.filter(([holds]) => !holds).map(([, words]) => words);
}

/** Read back from the control group: an engine may accept a limit and not apply it. */
function limitsApplied({ memory, pids, cpu }: SelfReport, limits: Limits): boolean {
  // cgroup v2 says "quota period", v1 the quota alone at the period that engines set.
  const [quota, period = "100000"] = cpu.split(" ");
  return (
    isWithin(memory, limits.memoryBytes) &&
    isWithin(pids, limits.pids) &&
    isWithin(String((Number(quota) / Number(period)) * 1000), Math.round(limits.cpus * 1000))
  );
}

function isWithin(text: string, most: number): boolean {
  const value = text === "" ? Number.NaN : Number(text);
  return value > 0 && value <= most;
}
