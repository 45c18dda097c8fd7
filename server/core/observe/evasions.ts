import { isLoopback, plainAddress } from "./addresses.ts";
import type { ProbeReport } from "./probe-reports.ts";
import type { TraceOrigin } from "./trace.ts";

/** After so many reports a probe says no more of its process. */
const REPORTS_OF_A_PROCESS = 500;

const DNS_PORT = 53;
const NODE = /^(?:\S*\/)?node(?:js)?(?= |$)/;
const ADDRESS = /^[\d.]+$|:/;

/**
 * What a process did that the kernel saw and the probe in that very process did not, although it was
 * at work there. Only Node's own doing counts: what its children do is theirs, and a process without
 * a probe (its surroundings were replaced, it is another language) evades nothing.
 */
export function findEvasions(
  origins: readonly TraceOrigin[],
  reports: readonly ProbeReport[],
): readonly TraceOrigin[] {
  const told = new Map<number, ProbeReport[]>();
  for (const report of reports) {
    const list = told.get(report.pid);
    if (list) list.push(report);
    else told.set(report.pid, [report]);
  }
  return origins.filter((origin) => {
    const own = told.get(origin.pid) ?? [];
    const isWatched = NODE.test(origin.program) && own.some(({ kind }) => kind === "start");
    return isWatched && own.length < REPORTS_OF_A_PROCESS && !wasTold(origin, own);
  });
}

function wasTold(origin: TraceOrigin, reports: readonly ProbeReport[]): boolean {
  if (origin.kind === "spawn") {
    const names = new Set([origin.path, origin.argv[0] ?? ""].map(lastPart));
    return reports.some(
      ({ kind, target }) =>
        kind === "process" && names.has(lastPart(target.split(" ", 1)[0] ?? "")),
    );
  }
  const { port } = origin;
  const address = plainAddress(origin.address);
  // A resolver asks servers on its own, and the C library asks the kernel for its own address.
  if (port === 0 || port === DNS_PORT || isLoopback(address)) return true;
  return reports.some(({ kind, target }) => {
    const at = target.lastIndexOf(":");
    if (kind !== "connect" || Number(target.slice(at + 1)) !== port) return false;
    const host = target.slice(0, at);
    // A name can stand for any address: the program may look it up in its own way.
    return !ADDRESS.test(host) || plainAddress(host) === address;
  });
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
