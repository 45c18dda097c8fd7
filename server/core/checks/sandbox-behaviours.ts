import type { Delta } from "../delta.ts";
import { isLoopback } from "../observe/addresses.ts";
import { describeBehaviour } from "../observe/behaviours.ts";
import { shortProgram } from "../observe/short-program.ts";
import { printable } from "../printable.ts";
import type { Behaviour, StackFrame } from "../run.ts";
import type { CheckInput } from "./check.ts";
import { isAllowedEgress } from "./egress.ts";
import { causeOf } from "./run-places.ts";
import type { OpenDraft } from "./sandbox-tests.ts";

/** Most findings of one kind: a program that tries a thousand addresses is told in fewer. */
const MOST_FINDINGS = 50;

/** `sandbox/new-egress`: one finding for each name or address, however often and on whatever ports it was tried. */
export function draftEgress(input: CheckInput, delta: Delta): OpenDraft[] {
  const groups = new Map<string, Behaviour[]>();
  for (const behaviour of delta.appeared) {
    const target = egressTarget(input, behaviour);
    if (target !== null) groups.set(target, [...(groups.get(target) ?? []), behaviour]);
  }
  const drafts: OpenDraft[] = [];
  for (const [target, behaviours] of [...groups].slice(0, MOST_FINDINGS)) {
    const attempts = behaviours.filter(({ kind }) => kind === "connect");
    const tried = attempts.map(describeBehaviour).slice(0, 3).join(", ");
    const by = attempts
      .flatMap((each) => (each.kind === "connect" ? [each.process] : []))
      .find(Boolean);
    const what =
      attempts.length === 0
        ? `The change looks up ${printable(target)}`
        : `The change tries to connect to ${tried}`;
    const { location, related } = causeOf(input, stackOf(behaviours), [
      target,
      ...plainNames(target),
    ]);
    drafts.push({
      rule: "sandbox/new-egress",
      subject: target,
      message: `${what}${by === undefined ? "" : ` (${shortProgram(by)})`}; the base does not. It was refused.`,
      location,
      related,
      remedy: `Take it out, or allow ${printable(target)} in the policy's \`sandbox.egress\` with a reason.`,
    });
  }
  return drafts;
}

function egressTarget({ policy }: CheckInput, behaviour: Behaviour): string | null {
  const { egress: allowed } = policy.sandbox;
  switch (behaviour.kind) {
    case "lookup":
      return isAllowedEgress(allowed, behaviour.name, null) ? null : behaviour.name;
    case "connect": {
      if (isLoopback(behaviour.address)) return null;
      const host = behaviour.host ?? behaviour.address;
      return isAllowedEgress(allowed, host, behaviour.port) ? null : host;
    }
    case "process":
    case "file":
      return null;
  }
}

/** Code often builds a full name from its domain. */
function plainNames(target: string): string[] {
  const labels = target.split(".");
  return labels.length > 2 && !/^[\d.:]+$/.test(target) ? [labels.slice(-2).join(".")] : [];
}

/** `sandbox/evasion`: what a process did past the probe that watched it, where policy does not allow it anyway. */
export function draftEvasions(input: CheckInput, delta: Delta): OpenDraft[] {
  const drafts: OpenDraft[] = [];
  for (const behaviour of delta.appeared) {
    if (behaviour.kind !== "connect" && behaviour.kind !== "process") continue;
    if (behaviour.unseenByProbe !== true) continue;
    if (behaviour.kind === "connect" && egressTarget(input, behaviour) === null) continue;
    const isConnect = behaviour.kind === "connect";
    const did = isConnect ? "connected to" : "started";
    const names = isConnect
      ? [behaviour.address]
      : behaviour.argv.filter((word) => word.length > 3);
    drafts.push({
      rule: "sandbox/evasion",
      subject: isConnect ? `${behaviour.address}:${behaviour.port}` : (behaviour.argv[0] ?? ""),
      message: `A Node process ${did} \`${describeBehaviour(behaviour)}\` past the probe that watched it; the kernel saw it.`,
      ...causeOf(input, behaviour.stack ?? [], names),
    });
  }
  return drafts.slice(0, MOST_FINDINGS);
}

function stackOf(behaviours: readonly Behaviour[]): readonly StackFrame[] {
  for (const behaviour of behaviours) {
    if (behaviour.kind !== "file" && behaviour.stack !== undefined) return behaviour.stack;
  }
  return [];
}

/** `sandbox/new-process`: one finding for each program, with the first of its command lines. */
export function draftProcesses(input: CheckInput, delta: Delta): OpenDraft[] {
  const groups = new Map<string, Extract<Behaviour, { kind: "process" }>[]>();
  for (const behaviour of delta.appeared) {
    if (behaviour.kind !== "process") continue;
    const path = behaviour.argv[0] ?? "";
    const program = path.slice(path.lastIndexOf("/") + 1);
    groups.set(program, [...(groups.get(program) ?? []), behaviour]);
  }
  const drafts: OpenDraft[] = [];
  for (const [program, behaviours] of [...groups].slice(0, MOST_FINDINGS)) {
    const [first] = behaviours;
    if (first === undefined) continue;
    const more = behaviours.length > 1 ? ` and ${behaviours.length - 1} more like it` : "";
    const words = first.argv.slice(1).filter((word) => word.length > 3);
    const { location, related } = causeOf(input, stackOf(behaviours), [...words, program]);
    drafts.push({
      rule: "sandbox/new-process",
      subject: program,
      message: `The change runs \`${describeBehaviour(first)}\`${more}; the base does not.`,
      location,
      related,
    });
  }
  return drafts;
}
