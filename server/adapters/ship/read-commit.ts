import { GateError } from "../../engine/errors.ts";
import type { Repository } from "../../engine/ports.ts";
import { runGit, readGit } from "../git/process.ts";

/** What is shipped, as git knows it. */
export interface ShippedCommit {
  readonly commit: string;
  readonly tree: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Null where HEAD is detached. */
  readonly branch: string | null;
  /** The address of `origin` without credentials; null where there is none, or it is a path of this machine. */
  readonly source: string | null;
}

/** The commit that HEAD names. Throws GateError `no-commits`. */
export async function readHead({ root }: Repository, signal: AbortSignal): Promise<ShippedCommit> {
  const context = { directory: root };
  const shown = await runGit(context, ["show", "-s", "--format=%H%n%T%n%ct", "HEAD"], {
    signal,
    accept: [128],
  });
  const [commit = "", tree = "", seconds = ""] = shown.stdout.toString("utf8").trim().split("\n");
  if (shown.code !== 0 || !/^[0-9a-f]{40,64}$/u.test(commit)) {
    throw new GateError("no-commits", "There is no commit to ship.", { remedy: "Commit first." });
  }
  const ref = await runGit(context, ["symbolic-ref", "--quiet", "--short", "HEAD"], {
    signal,
    accept: [1],
  });
  const branch = ref.stdout.toString("utf8").trim();
  const remote = await readGit(context, ["config", "--get", "remote.origin.url"], {
    signal,
    accept: [1],
  });
  return {
    commit,
    tree,
    time: new Date(Number(seconds) * 1000).toISOString(),
    branch: branch === "" ? null : branch,
    source: publicAddress(remote),
  };
}

/** A remote's address as anybody may read it: without user, password and query; no paths of this machine. */
export function publicAddress(remote: string): string | null {
  const scp = /^(?:[^@/:\s]+@)?(?<host>[a-zA-Z0-9.-]{2,}):(?<path>[^/\s\\][^\s]*)$/u.exec(
    remote,
  )?.groups;
  const url = scp && !remote.includes("://") ? `ssh://${scp["host"]}/${scp["path"]}` : remote;
  const parsed = URL.parse(url);
  if (parsed === null || !["https:", "http:", "ssh:", "git:"].includes(parsed.protocol))
    return null;
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}
