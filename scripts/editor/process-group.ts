import { spawn, type ChildProcess } from "node:child_process";

/** A program with everything that it starts: ended as one. */
export interface ProcessGroup {
  readonly child: ChildProcess;
  /** Ends every process of the group; returns when the first one is gone. Safe to call again. */
  end(): Promise<void>;
}

/** Starts a program as the leader of its own process group, its output piped to us. */
export function startGroup(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ProcessGroup {
  const child = spawn(command, args, {
    detached: true,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const gone = new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
    child.on("error", () => resolve());
  });
  return {
    child,
    async end() {
      // SIGTERM lets the server tell its extension hosts; what it forked a moment ago hears only SIGKILL.
      signalGroup(child.pid, "SIGTERM");
      const patience = new Promise((resolve) => setTimeout(resolve, 1500).unref());
      await Promise.race([gone, patience]);
      signalGroup(child.pid, "SIGKILL");
      await gone;
    },
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the whole group has ended.
  }
}
