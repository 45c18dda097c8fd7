import * as z from "zod/mini";

import type { Digest } from "../../core/digest.ts";
import type { RunRecord } from "../../core/run.ts";

const digest = z.custom<Digest>(
  (value) => typeof value === "string" && /^sha256:[0-9a-f]{64}$/u.test(value),
);
const objectId = z.string().check(z.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u));
const count = z.int().check(z.nonnegative());
const amount = z.number().check(z.nonnegative());

const limits = z.strictObject({
  memoryBytes: amount,
  cpus: amount,
  pids: amount,
  timeoutMs: amount,
  outputBytes: amount,
  workspaceBytes: amount,
  workspaceFiles: amount,
});

const request = z.strictObject({
  tree: objectId,
  image: digest,
  dependencies: z.nullable(digest),
  command: z.array(z.string()),
  limits,
});

const isolation = z.strictObject({
  level: z.enum(["microvm", "gvisor", "container", "os", "none"]),
  engine: z.string(),
  selfTest: z.strictObject({
    connectionDenied: z.boolean(),
    writeDenied: z.boolean(),
    limitsApplied: z.boolean(),
    unprivileged: z.boolean(),
  }),
});

const stack = z.exactOptional(
  z.array(z.strictObject({ path: z.string(), line: count, column: count })),
);

const behaviour = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("connect"),
    protocol: z.enum(["tcp", "udp"]),
    address: z.string(),
    port: count,
    host: z.exactOptional(z.string()),
    process: z.string(),
    count,
    stack,
  }),
  z.strictObject({ kind: z.literal("lookup"), name: z.string(), type: z.string(), count, stack }),
  z.strictObject({ kind: z.literal("process"), argv: z.array(z.string()), count, stack }),
  z.strictObject({
    kind: z.literal("file"),
    operation: z.enum(["added", "modified", "deleted"]),
    path: z.string(),
  }),
]);

const test = z.strictObject({
  name: z.string(),
  status: z.enum(["passed", "failed", "skipped"]),
  durationMs: amount,
  message: z.exactOptional(z.string()),
  location: z.exactOptional(z.strictObject({ path: z.string(), line: count })),
});

const end = z.discriminatedUnion("reason", [
  z.strictObject({ reason: z.literal("exited"), code: z.int() }),
  z.strictObject({
    reason: z.enum(["timeout", "out-of-memory", "output-limit", "tampered", "cancelled"]),
  }),
  z.strictObject({ reason: z.literal("engine-lost"), detail: z.string() }),
]);

const record = z.strictObject({
  schemaVersion: z.literal(1),
  key: digest,
  request,
  isolation,
  startedAt: z.string(),
  durationMs: amount,
  end,
  tests: z.array(test),
  behaviours: z.array(behaviour),
  outputTail: z.string(),
  peakMemoryBytes: z.nullable(amount),
}) satisfies z.ZodMiniType<RunRecord>;

/** A kept run; null where the text is not one. */
export function parseRun(text: string): RunRecord | null {
  try {
    return record.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
