import type { Behaviour, StackFrame, TestOutcome } from "../../../server/core/run.ts";

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
