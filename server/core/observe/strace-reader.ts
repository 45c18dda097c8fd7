import { printable } from "../printable.ts";
import { readCall, type TracedCall } from "./strace-calls.ts";
import { createOriginList, type OriginList } from "./trace-origins.ts";
import type { Trace, TraceEnd, TraceEvent } from "./trace.ts";

/** How much of a trace is kept. */
export interface TraceLimits {
  /** Different events. */
  readonly events: number;
  /** Processes and threads that live, or wait for a call to end, at one time. */
  readonly processes: number;
  /** Size of all kept events together, in UTF-16 units. */
  readonly size: number;
  /** Length of a line in UTF-16 units; the rest of a longer one is dropped. */
  readonly line: number;
}

const LIMITS: TraceLimits = {
  events: 10_000,
  processes: 32_768,
  size: 8_388_608,
  line: 32_768,
};

/** Longest description of a program that is kept with what it did. */
const LONGEST_PROGRAM = 200;

/** Reads strace's output piece by piece, in bounded memory. */
export interface TraceReader {
  /** Takes the next piece of the trace stream. */
  push(piece: string): void;
  /** Whether the first process has ended: what still runs then was left behind by it. */
  hasEnded(): boolean;
  finish(): Trace;
}

interface State {
  readonly limits: TraceLimits;
  readonly events: Map<string, TraceEvent>;
  readonly programs: Map<number, string>;
  readonly pending: Map<number, string>;
  readonly complaints: string[];
  readonly origins: OriginList;
  root: number | null;
  size: number;
  end: TraceEnd;
  overflowed: boolean;
}

/**
 * Starts to read the output of `strace -f -q -o STREAM` (any of `--seccomp-bpf -yy -x -xx -s N`).
 * Not with `-e signal=none`: strace then leaves out that a signal killed the program, which reads as
 * tampering; `-e signal=!SIGCHLD,SIGURG` keeps the noise out.
 * The stream is strace's alone, so a line is never forged; names and arguments in it are the
 * traced program's and hostile.
 */
export function readTrace(limits: Partial<TraceLimits> = {}): TraceReader {
  const state: State = {
    limits: { ...LIMITS, ...limits },
    events: new Map(),
    programs: new Map(),
    pending: new Map(),
    complaints: [],
    origins: createOriginList(),
    root: null,
    size: 0,
    end: { kind: "missing" },
    overflowed: false,
  };
  let partial = "";
  return {
    push(piece) {
      const lines = piece.split("\n");
      for (const [index, part] of lines.entries()) {
        const room = state.limits.line - partial.length;
        if (room > 0) partial += part.slice(0, room);
        if (index === lines.length - 1) break;
        readLine(state, partial);
        partial = "";
      }
    },
    hasEnded: () => state.end.kind !== "missing",
    finish() {
      if (partial !== "") readLine(state, partial);
      partial = "";
      // A call that was cut off by the end may have done its work: it is seen, not forgotten.
      for (const [pid, text] of state.pending) record(state, pid, readCall(text));
      state.pending.clear();
      const { end, overflowed, complaints } = state;
      const origins = state.origins.list();
      return { end, events: [...state.events.values()], origins, overflowed, complaints };
    },
  };
}

const LINE = /^(\d{1,10})(?:<[^>]*>)?\s+(.*)$/s;
const UNFINISHED = " <unfinished ...>";
const PID_CHANGED = / <pid changed to (\d{1,10}) \.\.\.>$/;
const RESUMED = /^<\.\.\. [a-z_0-9]+ resumed>/;
const ENDED = /^\+\+\+ (?:exited with (\d{1,3})|killed by (SIG[A-Z0-9+_]+)).*\+\+\+$/;

function readLine(state: State, line: string): void {
  const match = LINE.exec(line);
  const pid = Number(match?.[1]);
  const text = match?.[2];
  if (text === undefined) return complain(state, line);
  state.root ??= pid;
  if (text.startsWith("+++ ")) return readEnd(state, pid, text);
  if (text.startsWith("--- ")) return;
  if (text.endsWith(UNFINISHED)) return wait(state, pid, text.slice(0, -UNFINISHED.length));
  const changed = PID_CHANGED.exec(text);
  if (changed !== null) {
    // A thread ran a program: it goes on under the number of its process.
    return record(state, Number(changed[1]), readCall(text.slice(0, changed.index)));
  }
  const resumed = RESUMED.exec(text);
  if (resumed === null) return record(state, pid, readCall(text));
  const begun = state.pending.get(pid);
  state.pending.delete(pid);
  if (begun !== undefined) record(state, pid, readCall(begun + text.slice(resumed[0].length)));
}

function readEnd(state: State, pid: number, text: string): void {
  const begun = state.pending.get(pid);
  const ended = ENDED.exec(text);
  if (ended === null) return;
  if (begun !== undefined) record(state, pid, readCall(begun));
  state.pending.delete(pid);
  if (pid === state.root && state.end.kind === "missing") {
    state.end =
      ended[2] === undefined
        ? { kind: "exited", code: Number(ended[1]) }
        : { kind: "killed", signal: ended[2] };
  } else if (pid !== state.root) state.programs.delete(pid);
}

function wait(state: State, pid: number, text: string): void {
  if (state.pending.size < state.limits.processes) state.pending.set(pid, text);
  else state.overflowed = true;
}

function complain(state: State, line: string): void {
  if (line.trim() !== "" && state.complaints.length < 10) state.complaints.push(printable(line));
}

function record(state: State, pid: number, call: TracedCall | null): void {
  if (call === null) return;
  switch (call.kind) {
    case "fork":
      state.origins.fork(pid, programOf(state, pid), call);
      return adopt(state, call.child, programOf(state, pid));
    case "exec":
      state.origins.exec(pid, call);
      adopt(state, pid, call.argv.join(" ") || call.path);
      return fold(state, { ...call, count: 1 });
    case "connect":
      state.origins.connect(pid, programOf(state, pid), call);
      return fold(state, { ...call, process: programOf(state, pid), count: 1 });
    case "file":
      return fold(state, { ...call, count: 1 });
  }
}

/** A thread or a child that is not known counts as the first program. */
function programOf(state: State, pid: number): string {
  return state.programs.get(pid) ?? state.programs.get(state.root ?? pid) ?? "";
}

function adopt(state: State, pid: number, program: string): void {
  if (state.programs.size < state.limits.processes || state.programs.has(pid))
    state.programs.set(pid, program.slice(0, LONGEST_PROGRAM));
  else state.overflowed = true;
}

function fold(state: State, event: TraceEvent): void {
  const key = JSON.stringify(event);
  const known = state.events.get(key);
  if (known !== undefined) state.events.set(key, { ...known, count: known.count + 1 });
  else if (state.events.size < state.limits.events && state.size < state.limits.size) {
    state.events.set(key, event);
    state.size += key.length;
  } else state.overflowed = true;
}
