/** Where a traced call wanted to go. `protocol` is null where the trace does not say. */
export interface TracedAddress {
  readonly family: "ipv4" | "ipv6" | "unix";
  readonly protocol: "tcp" | "udp" | null;
  /** An address without brackets, or the path of a unix socket (a leading NUL marks an abstract one). */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
}

/** One kind of thing that the traced programs did; `count` folds repetitions. */
export type TraceEvent =
  | {
      readonly kind: "exec";
      readonly path: string;
      readonly argv: readonly string[];
      /** Strace cut an argument or left some out. */
      readonly cut: boolean;
      readonly count: number;
    }
  | {
      readonly kind: "connect";
      readonly to: TracedAddress;
      /** The program that did it with its arguments, cut. */
      readonly process: string;
      readonly count: number;
    }
  | {
      readonly kind: "file";
      readonly operation: "write" | "delete" | "rename" | "make-directory" | "link";
      readonly path: string;
      /** Where a rename or a link leads. */
      readonly to?: string;
      /** The error's name where the kernel refused it. */
      readonly refused?: string;
      readonly count: number;
    };

/** Which process did a thing: what a language probe in that process must have seen too. */
export type TraceOrigin =
  | {
      readonly kind: "connect";
      readonly pid: number;
      /** What ran in the process then, with its arguments, cut. */
      readonly program: string;
      readonly address: string;
      readonly port: number;
    }
  | {
      readonly kind: "spawn";
      /** The process that started it, and what ran there then. */
      readonly pid: number;
      readonly program: string;
      readonly path: string;
      readonly argv: readonly string[];
    };

/** How the first traced process ended. `missing`: the trace stops before it did, so the tracer was tampered with or cut off. */
export type TraceEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "missing" };

/** What the kernel saw, read from strace's output. */
export interface Trace {
  readonly end: TraceEnd;
  /** In the order of first appearance. */
  readonly events: readonly TraceEvent[];
  /** Who did what, as far as it is kept: a list that is cut hides an evasion and invents none. */
  readonly origins: readonly TraceOrigin[];
  /** More different events came than are kept: the list is not whole. */
  readonly overflowed: boolean;
  /** Lines that are no trace: what strace itself complains about, at most ten, cut. */
  readonly complaints: readonly string[];
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};

/** The exit code as a shell would give it: 128 and the signal's number for a killed program; null where it is missing. */
export function exitCode(end: TraceEnd): number | null {
  switch (end.kind) {
    case "exited":
      return end.code;
    case "killed":
      return 128 + (SIGNALS[end.signal] ?? 0);
    case "missing":
      return null;
  }
}
