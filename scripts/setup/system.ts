import { readFileSync } from "node:fs";

/** The kinds of system that install packages in different words. */
export type SystemFamily =
  | "debian"
  | "fedora"
  | "arch"
  | "alpine"
  | "suse"
  | "macos"
  | "windows"
  | "other";

export interface System {
  readonly family: SystemFamily;
  /** The user may install packages without asking anyone. */
  readonly isRoot: boolean;
}

/** Names the system from what the platform, `/etc/os-release` and the user id say. */
export function describeSystem(
  platform: NodeJS.Platform,
  osRelease: string,
  uid: number | undefined,
): System {
  return { family: family(platform, osRelease), isRoot: uid === 0 };
}

/** Names the system that this runs on. */
export function readSystem(): System {
  let osRelease = "";
  try {
    osRelease = readFileSync("/etc/os-release", "utf8");
  } catch {
    // Not every Linux has the file, and other systems never do: it is then of the family "other".
  }
  return describeSystem(process.platform, osRelease, process.getuid?.());
}

/** The command with which a person installs packages there, `null` where there is no usual one. */
export function installCommand(system: System, debianPackages: readonly string[]): string | null {
  if (system.family !== "debian") return null;
  const sudo = system.isRoot ? "" : "sudo ";
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${debianPackages.join(" ")}`;
}

function family(platform: NodeJS.Platform, osRelease: string): SystemFamily {
  if (platform === "darwin") return "macos";
  if (platform === "win32") return "windows";
  if (platform !== "linux") return "other";
  const names = `${field(osRelease, "ID")} ${field(osRelease, "ID_LIKE")}`.split(" ");
  const families = [
    ["debian", ["debian", "ubuntu"]],
    ["fedora", ["fedora", "rhel", "centos"]],
    ["arch", ["arch"]],
    ["alpine", ["alpine"]],
    ["suse", ["suse", "opensuse"]],
  ] as const;
  return families.find(([, ids]) => ids.some((id) => names.includes(id)))?.[0] ?? "other";
}

function field(osRelease: string, name: string): string {
  const line = osRelease.split("\n").find((text) => text.startsWith(`${name}=`));
  return (line?.slice(name.length + 1) ?? "").replaceAll(/^["']|["']$/gu, "").toLowerCase();
}
