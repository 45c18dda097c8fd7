import type { Digest } from "./digest.ts";
import type { GitObjectId } from "./edit.ts";
import type { RepoPath } from "./location.ts";

/** Limits that every box has. None of them can be switched off. */
export interface Limits {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pids: number;
  readonly timeoutMs: number;
  readonly outputBytes: number;
  readonly workspaceBytes: number;
  readonly workspaceFiles: number;
}

/** What is run. Together with nothing else it decides the result, so its address is the cache key. */
export interface RunRequest {
  readonly tree: GitObjectId;
  /** The image's digest, never a tag. */
  readonly image: Digest;
  /** Lock-file hash of the dependency layer, null where the tree has no dependencies. */
  readonly dependencies: Digest | null;
  readonly command: readonly string[];
  readonly limits: Limits;
}

/** What the sandbox proved about itself at the start of this run, by trying it. */
export interface Isolation {
  readonly level: "microvm" | "gvisor" | "container" | "os" | "none";
  /** Engine and runtime as they name themselves, such as `docker 28.2.2, runc`. */
  readonly engine: string;
  readonly selfTest: {
    readonly connectionDenied: boolean;
    readonly writeDenied: boolean;
    readonly limitsApplied: boolean;
    readonly unprivileged: boolean;
  };
}

/** A frame of the program's own stack, nearest first. Told by the program, hence a hint and never proof. */
export interface StackFrame {
  readonly path: RepoPath;
  readonly line: number;
  readonly column: number;
}

/** Set where the kernel saw a process do what the probe in that process did not see. */
interface Unseen {
  readonly unseenByProbe?: true;
}

/** Something that the kernel saw the run do. `count` folds repetitions. */
export type Behaviour =
  | ({
      readonly kind: "connect";
      /** A ping (`icmp`) has port 0. */
      readonly protocol: "tcp" | "udp" | "icmp";
      readonly address: string;
      readonly port: number;
      /** The name that was looked up to get to it, where one was. */
      readonly host?: string;
      readonly process: string;
      readonly count: number;
      readonly stack?: readonly StackFrame[];
    } & Unseen)
  | {
      readonly kind: "lookup";
      readonly name: string;
      readonly type: string;
      readonly count: number;
      readonly stack?: readonly StackFrame[];
    }
  | ({
      readonly kind: "process";
      readonly argv: readonly string[];
      readonly count: number;
      readonly stack?: readonly StackFrame[];
    } & Unseen)
  | {
      readonly kind: "file";
      readonly operation: "added" | "modified" | "deleted";
      readonly path: RepoPath;
    };

export interface TestOutcome {
  /** The full name: suites and test joined by ` › `. */
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  readonly message?: string;
  /** Where the test stands, when the runner tells. */
  readonly location?: { readonly path: RepoPath; readonly line: number };
}

/** How a run ended. Only `exited` carries the program's own exit code. */
export type RunEnd =
  | { readonly reason: "exited"; readonly code: number }
  | { readonly reason: "timeout" | "out-of-memory" | "output-limit" | "tampered" | "cancelled" }
  | { readonly reason: "engine-lost"; readonly detail: string };

/** One execution in a sandbox. */
export interface RunRecord {
  readonly schemaVersion: 1;
  /** Address of `request`. */
  readonly key: Digest;
  readonly request: RunRequest;
  readonly isolation: Isolation;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly end: RunEnd;
  readonly tests: readonly TestOutcome[];
  readonly behaviours: readonly Behaviour[];
  /** The last part of what it printed, escape sequences removed. */
  readonly outputTail: string;
  readonly peakMemoryBytes: number | null;
}

/** What came of running base and head: both records, or the reason why there are none. */
export type RunsOutcome =
  | { readonly kind: "done"; readonly base: RunRecord; readonly head: RunRecord }
  | { readonly kind: "missing"; readonly reason: string; readonly remedy: string };
