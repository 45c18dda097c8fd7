import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Marks everything of ours on an engine. */
export const LABEL = "dev.shipgate.box";
/** Which process on which machine made it: `machine/pid/start`. */
export const OWNER = "dev.shipgate.owner";
/** After this moment (milliseconds since 1970) nobody uses it any more. */
export const EXPIRES = "dev.shipgate.expires";

/** Labels of what this process makes and will have removed in so many milliseconds. */
export function ownLabels(lifetimeMs: number): Record<string, string> {
  return { [LABEL]: "1", ...makerLabels(lifetimeMs) };
}

/** Labels that only say who makes it, and until when at the latest. */
export function makerLabels(lifetimeMs: number): Record<string, string> {
  return {
    [OWNER]: [machineId(), process.pid, startOf(process.pid) ?? ""].join("/"),
    [EXPIRES]: String(Date.now() + lifetimeMs),
  };
}

/**
 * Whether something with these labels was left behind: its time is over, or the process that made
 * it ran here and is gone. What belongs to another machine on the same engine is left to it.
 */
export function isLeftOver(labels: Readonly<Record<string, string>>): boolean {
  return labels[LABEL] !== undefined && isAbandoned(labels);
}

/** The same for what is kept once it is whole, and therefore does not carry the mark. */
export function isAbandoned(labels: Readonly<Record<string, string>>): boolean {
  const expires = Number(labels[EXPIRES]);
  if (!(expires > Date.now())) return true;
  const [machine, pid, start] = (labels[OWNER] ?? "").split("/");
  if (machine !== machineId()) return false;
  return startOf(Number(pid)) !== start;
}

/** A name for this boot of this machine, seen from this process namespace. */
function machineId(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}:${readlinkSync("/proc/self/ns/pid").replaceAll(/\D/g, "")}`;
  } catch {
    return hostname();
  }
}

/** When a process started, so that a process id that is used again is not mistaken; null where it is gone. */
function startOf(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  try {
    // Field 22, counted after the command, which may hold spaces and brackets.
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return process.platform === "linux" ? null : startElsewhere(pid);
  }
}

/** Where there is no /proc a living process id has to do. */
function startElsewhere(pid: number): string | null {
  try {
    process.kill(pid, 0);
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "" : null;
  }
}
