import { printable } from "../printable.ts";
import type { Behaviour, StackFrame } from "../run.ts";
import { isLoopback, plainAddress } from "./addresses.ts";
import { findEvasions } from "./evasions.ts";
import type { KeeperEvent } from "./keeper-events.ts";
import type { ProbeReport } from "./probe-reports.ts";
import type { Trace, TraceEvent, TraceOrigin } from "./trace.ts";

/** Everything that was seen of one run, each from its own source. */
export interface Observations {
  readonly trace: Pick<Trace, "events"> & Partial<Pick<Trace, "origins">>;
  readonly keeper: readonly KeeperEvent[];
  /** What the keeper found changed in the workspace. */
  readonly files: readonly Extract<Behaviour, { kind: "file" }>[];
  readonly probe: readonly ProbeReport[];
}

type Connect = Extract<Behaviour, { kind: "connect" }>;

/** Longest argument and longest list of arguments that a record keeps. */
const LONGEST_ARGUMENT = 500;
const MOST_ARGUMENTS = 40;
const MOST_BEHAVIOURS = 10_000;
const DNS_PORT = 53;

/**
 * Merges what the kernel, the keeper and the probe saw into one list: repetitions folded, in an
 * order that depends on the content only. The probe never adds a behaviour, it only adds a stack
 * to one that was seen from outside.
 */
export function mergeBehaviours(seen: Observations): readonly Behaviour[] {
  const merged = [
    ...connections(seen),
    ...lookups(seen.keeper),
    ...processes(seen.trace.events),
    ...seen.files,
  ];
  const folded = new Map<string, Behaviour>();
  for (const behaviour of merged) {
    const key = behaviourKey(behaviour);
    const known = folded.get(key);
    if (known === undefined) folded.set(key, behaviour);
    else if (known.kind !== "file" && behaviour.kind !== "file")
      folded.set(key, { ...known, count: known.count + behaviour.count });
  }
  const stacks = stacksByTarget(seen.probe);
  const unseen = unseenKeys(findEvasions(seen.trace.origins ?? [], seen.probe));
  return [...folded]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST_BEHAVIOURS)
    .map(([, behaviour]) => withStack(behaviour, stacks))
    .map((behaviour) => withEvasion(behaviour, unseen));
}

/** What the probe did not see, by what the kernel's view of it is called in a record. */
function unseenKeys(evasions: readonly TraceOrigin[]): ReadonlySet<string> {
  return new Set(
    evasions.map((origin) =>
      origin.kind === "connect"
        ? JSON.stringify([plainAddress(origin.address), origin.port])
        : JSON.stringify(argvOf(origin)),
    ),
  );
}

function withEvasion(behaviour: Behaviour, unseen: ReadonlySet<string>): Behaviour {
  if (unseen.size === 0) return behaviour;
  if (behaviour.kind === "connect") {
    const key = JSON.stringify([behaviour.address, behaviour.port]);
    return unseen.has(key) ? { ...behaviour, unseenByProbe: true } : behaviour;
  }
  if (behaviour.kind !== "process" || !unseen.has(JSON.stringify(behaviour.argv))) return behaviour;
  return { ...behaviour, unseenByProbe: true };
}

/** What makes two behaviours of one run the same. */
function behaviourKey(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case "connect": {
      const { kind, protocol, address, port, process } = behaviour;
      return JSON.stringify([kind, address, port, protocol, process]);
    }
    case "lookup":
      return JSON.stringify([behaviour.kind, behaviour.name, behaviour.type]);
    case "process":
      return JSON.stringify([behaviour.kind, ...behaviour.argv]);
    case "file":
      return JSON.stringify([behaviour.kind, behaviour.path, behaviour.operation]);
  }
}

function connections(seen: Observations): Connect[] {
  const hosts = hostsByAddress(seen.keeper);
  const attempts = new Map<string, Extract<KeeperEvent, { kind: "packet" }>>();
  for (const event of seen.keeper) {
    if (event.kind !== "packet") continue;
    const key = `${plainAddress(event.address)} ${event.port} ${event.protocol}`;
    const count = event.count + (attempts.get(key)?.count ?? 0);
    attempts.set(key, { ...event, count });
  }
  const found: Connect[] = [];
  const explained = new Set<string>();
  for (const event of seen.trace.events) {
    if (event.kind !== "connect" || event.to.family === "unix") continue;
    const address = plainAddress(event.to.address);
    const { port } = event.to;
    // Port 0 sends nothing: the C library asks the kernel so for its own address.
    if (port === 0 || (port === DNS_PORT && isLoopback(address))) continue;
    const onWire =
      attempts.has(`${address} ${port} udp`) && !attempts.has(`${address} ${port} tcp`);
    const protocol = event.to.protocol ?? (onWire || port === DNS_PORT ? "udp" : "tcp");
    explained.add(`${address} ${port} ${protocol}`);
    const { process, count } = event;
    found.push({ kind: "connect", protocol, address, port, ...hosts(address), process, count });
  }
  for (const [key, { protocol, address, port, count }] of attempts) {
    const plain = plainAddress(address);
    if (explained.has(key) || (port === DNS_PORT && isLoopback(plain))) continue;
    const connect = { kind: "connect", protocol, address: plain, port } as const;
    found.push({ ...connect, ...hosts(plain), process: "", count });
  }
  return found;
}

function hostsByAddress(keeper: readonly KeeperEvent[]): (address: string) => { host?: string } {
  const hosts = new Map<string, string>();
  for (const event of keeper) {
    if (event.kind !== "lookup") continue;
    for (const answer of event.answers ?? [])
      hosts.set(plainAddress(answer), plainName(event.name));
  }
  return (address) => {
    const host = hosts.get(address);
    return host === undefined ? {} : { host };
  };
}

function lookups(keeper: readonly KeeperEvent[]): Behaviour[] {
  const found: Behaviour[] = [];
  for (const event of keeper) {
    if (event.kind !== "lookup") continue;
    const { type, count } = event;
    found.push({ kind: "lookup", name: plainName(event.name), type, count });
  }
  return found;
}

function plainName(name: string): string {
  return name.replace(/\.$/, "").toLowerCase();
}

function processes(events: readonly TraceEvent[]): Behaviour[] {
  const found: Behaviour[] = [];
  for (const event of events) {
    if (event.kind !== "exec") continue;
    found.push({ kind: "process", argv: argvOf(event), count: event.count });
  }
  return found;
}

/** What a program calls itself is its own choice; what was executed is not. */
function argvOf({ path, argv }: { path: string; argv: readonly string[] }): readonly string[] {
  const given = (argv.length > 0 ? argv : [path]).slice(0, MOST_ARGUMENTS);
  const bounded = given.map((argument) => argument.slice(0, LONGEST_ARGUMENT));
  const first = bounded[0] ?? "";
  return [lastPart(first) === lastPart(path) ? first : path, ...bounded.slice(1)];
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function stacksByTarget(reports: readonly ProbeReport[]): Map<string, readonly StackFrame[]> {
  const stacks = new Map<string, readonly StackFrame[]>();
  for (const { kind, target, stack } of reports) {
    if (stack.length === 0) continue;
    const program = target.split(" ", 1)[0] ?? "";
    const names =
      kind === "process" ? [target, program, lastPart(program)] : [target.toLowerCase()];
    for (const name of names) {
      const key = `${kind} ${name}`;
      if (!stacks.has(key)) stacks.set(key, stack);
    }
  }
  return stacks;
}

function withStack(
  behaviour: Behaviour,
  stacks: ReadonlyMap<string, readonly StackFrame[]>,
): Behaviour {
  if (behaviour.kind === "file" || stacks.size === 0) return behaviour;
  for (const target of targetsOf(behaviour)) {
    const stack = stacks.get(`${behaviour.kind} ${target}`);
    if (stack !== undefined) return { ...behaviour, stack };
  }
  return behaviour;
}

/** The names under which a probe may have reported a behaviour, the surest first. */
function targetsOf(behaviour: Exclude<Behaviour, { kind: "file" }>): string[] {
  switch (behaviour.kind) {
    case "connect": {
      const ends = behaviour.host === undefined ? [] : [behaviour.host];
      ends.push(behaviour.address);
      return ends.map((end) => `${end}:${behaviour.port}`);
    }
    case "lookup":
      return [behaviour.name];
    case "process": {
      const program = behaviour.argv[0] ?? "";
      return [behaviour.argv.join(" "), program, lastPart(program)];
    }
  }
}

/** What a behaviour is called in a message, with hostile parts escaped. */
export function describeBehaviour(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case "connect": {
      const address = behaviour.address.includes(":")
        ? `[${behaviour.address}]`
        : behaviour.address;
      const host = behaviour.host === undefined ? "" : ` (${printable(behaviour.host)})`;
      return `${printable(address)}:${behaviour.port}/${behaviour.protocol}${host}`;
    }
    case "lookup":
      return `${printable(behaviour.name)} (${printable(behaviour.type)})`;
    case "process":
      return printable(behaviour.argv.join(" "));
    case "file":
      return `${printable(behaviour.path)} ${behaviour.operation}`;
  }
}
