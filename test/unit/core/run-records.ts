import type { Behaviour, RunRecord, StackFrame, TestOutcome } from "../../../server/core/run.ts";

/** A run as tests need it: what is not given is a run that ended well in a proven box. */
export function run(parts: Partial<RunRecord> = {}): RunRecord {
  return {
    schemaVersion: 1,
    key: `sha256:${"0".repeat(64)}`,
    request: {
      tree: "1".repeat(40),
      image: `sha256:${"2".repeat(64)}`,
      dependencies: null,
      command: ["npm", "test"],
      limits: {
        memoryBytes: 1,
        cpus: 1,
        pids: 1,
        timeoutMs: 1,
        outputBytes: 1,
        workspaceBytes: 1,
        workspaceFiles: 1,
      },
    },
    isolation: {
      level: "container",
      engine: "docker",
      selfTest: {
        connectionDenied: true,
        writeDenied: true,
        limitsApplied: true,
        unprivileged: true,
      },
    },
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 1,
    end: { reason: "exited", code: 0 },
    tests: [],
    behaviours: [],
    outputTail: "",
    peakMemoryBytes: null,
    ...parts,
  };
}

export function outcome(name: string, status: TestOutcome["status"]): TestOutcome {
  return { name, status, durationMs: 1 };
}

export const behaviour = {
  connect: (address: string, port: number, stack?: readonly StackFrame[]): Behaviour => ({
    kind: "connect",
    protocol: "tcp",
    address,
    port,
    process: "node --test",
    count: 1,
    ...(stack === undefined ? {} : { stack }),
  }),
  lookup: (name: string, stack?: readonly StackFrame[], type = "A"): Behaviour => ({
    kind: "lookup",
    name,
    type,
    count: 1,
    ...(stack === undefined ? {} : { stack }),
  }),
  process: (...argv: string[]): Behaviour => ({ kind: "process", argv, count: 1 }),
} as const;
