import { addressOf, sha256Digest } from "../../server/core/digest.ts";
import type { RunRecord, RunRequest } from "../../server/core/run.ts";

/** A request that says everything. */
export function aRunRequest(parts: Partial<RunRequest> = {}): RunRequest {
  return {
    tree: "d".repeat(40),
    image: sha256Digest("image"),
    dependencies: null,
    command: ["npm", "test"],
    limits: {
      memoryBytes: 1 << 30,
      cpus: 1,
      pids: 256,
      timeoutMs: 60_000,
      outputBytes: 1 << 20,
      workspaceBytes: 1 << 28,
      workspaceFiles: 10_000,
    },
    ...parts,
  };
}

/** A run that ended well in a box whose protection was proven. */
export function aRunRecord(parts: Partial<RunRecord> = {}): RunRecord {
  const request = parts.request ?? aRunRequest();
  return {
    schemaVersion: 1,
    key: addressOf(request),
    request,
    isolation: {
      level: "container",
      engine: "docker 20.10.24, runc",
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
