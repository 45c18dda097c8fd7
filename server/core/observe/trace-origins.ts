import type { TracedCall } from "./strace-calls.ts";
import type { TraceOrigin } from "./trace.ts";

type Call<K extends TracedCall["kind"]> = Extract<TracedCall, { readonly kind: K }>;

/** Most processes and most things done that are remembered. */
const MOST = 5000;

/** Longest argument and longest list of arguments, as in a record. */
const LONGEST_ARGUMENT = 500;
const MOST_ARGUMENTS = 40;

/** Remembers which process did what, in bounded memory. */
export interface OriginList {
  fork(pid: number, program: string, call: Call<"fork">): void;
  exec(pid: number, call: Call<"exec">): void;
  connect(pid: number, program: string, call: Call<"connect">): void;
  list(): readonly TraceOrigin[];
}

/**
 * Starts with nothing. The kernel numbers threads like processes, so those are led back to theirs.
 * A parent that waits for its child's first program (vfork) is told of after it: who started what is
 * put together at the end.
 */
export function createOriginList(): OriginList {
  const leaders = new Map<number, number>();
  const parents = new Map<number, { readonly pid: number; readonly program: string }>();
  const firstPrograms = new Map<number, Pick<Call<"exec">, "path" | "argv">>();
  const connects = new Map<string, TraceOrigin>();
  const leaderOf = (pid: number): number => leaders.get(pid) ?? pid;
  return {
    fork(pid, program, { child, thread }) {
      if (thread) keep(leaders, child, leaderOf(pid));
      else keep(parents, child, { pid: leaderOf(pid), program });
    },
    exec(pid, { path, argv }) {
      // What a process becomes after its first program is its own doing, not its parent's.
      if (firstPrograms.has(pid)) return;
      const bounded = argv.slice(0, MOST_ARGUMENTS).map((each) => each.slice(0, LONGEST_ARGUMENT));
      keep(firstPrograms, pid, { path, argv: bounded });
    },
    connect(pid, program, { to }) {
      if (to.family === "unix") return;
      const { address, port } = to;
      const origin = { kind: "connect", pid: leaderOf(pid), program, address, port } as const;
      keep(connects, JSON.stringify(origin), origin);
    },
    list() {
      const spawns: TraceOrigin[] = [];
      for (const [child, { path, argv }] of firstPrograms) {
        const parent = parents.get(child);
        if (parent) spawns.push({ kind: "spawn", ...parent, path, argv });
      }
      return [...connects.values(), ...spawns];
    },
  };
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.size < MOST || map.has(key)) map.set(key, value);
}
