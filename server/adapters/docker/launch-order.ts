/** What the launcher in the box is told first: try to reach this. */
export interface SelfTestOrder {
  readonly address: string;
  readonly port: number;
}

/** What the launcher in the box is told: become this. */
export interface LaunchOrder {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** A path that does not exist; the attempt to remove it marks in the trace where the command begins. */
  readonly marker: string;
}

/** How the launcher becomes the command where the image has `env`: Node leaves two signals ignored. */
export const LAUNCHER_ENV = ["env", "--default-signal=PIPE,XFSZ", "--"] as const;

/** What the launcher found when it tried what must be denied, as the kernel told it. */
export interface SelfReport {
  readonly connect: string;
  readonly writes: readonly string[];
  readonly user: readonly string[];
  readonly group: readonly string[];
  /** Inherited, permitted, effective, bounding, ambient; hexadecimal. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: string;
  readonly seccomp: string;
  /** As the control group says them; empty where it cannot be read. */
  readonly memory: string;
  readonly pids: string;
  readonly cpu: string;
}
