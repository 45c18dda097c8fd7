import type { ContainerCreateOptions, MountSettings } from "dockerode";

import type { Limits } from "../../core/run.ts";
import { BOX_UID, PROBE_FOLDER, WORKSPACE } from "./keeper/protocol.ts";
import { seccompProfile } from "./seccomp.ts";

/** What a pair is made from. */
export interface PairSettings {
  readonly keeperImage: string;
  readonly boxImage: string;
  readonly limits: Limits;
  readonly labels: Readonly<Record<string, string>>;
  /** After so many milliseconds the keeper ends by itself. */
  readonly lifetimeMs: number;
  /** A volume with the dependencies of the tree, read-only in the box. */
  readonly dependencies: { readonly volume: string; readonly target: string } | null;
}

/** The user of everything that was not written by us, whatever the image says. */
const BOX_USER = `${BOX_UID}:${BOX_UID}`;

const MEBIBYTE = 1_048_576;

/**
 * What the keeper's Node and its tools need beside the workspace, which a tmpfs counts as memory of
 * the one who writes it: the keeper for the tree as loaded.
 */
const KEEPER_MEMORY = 256 * MEBIBYTE;

/** Repeated because a list of one's own replaces the engine's (it re-opened /proc/keys in a trial). */
const MASKED_PATHS = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** What a keeper is started with. */
export interface KeeperPrograms {
  /** Run by its Node. */
  readonly keeper: string;
  /** The language probe, which it puts where the box can read it. */
  readonly probe: string;
}

/** The container that owns network, processes and workspace. */
export function keeperOptions(
  settings: PairSettings,
  { keeper, probe }: KeeperPrograms,
): ContainerCreateOptions {
  const { limits, labels } = settings;
  return {
    Image: settings.keeperImage,
    Entrypoint: ["node"],
    Cmd: ["--no-warnings", "-e", keeper, probe, String(settings.lifetimeMs)],
    User: "0:0",
    WorkingDir: "/",
    Labels: { ...labels },
    ...ATTACHED,
    HostConfig: {
      ...CONFINED,
      // Network and routes; packets; owners of the workspace's files; tcpdump becomes nobody.
      CapAdd: ["NET_ADMIN", "NET_RAW", "CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID"],
      SecurityOpt: ["no-new-privileges"],
      NetworkMode: "none",
      Dns: ["127.0.0.1"],
      DnsSearch: ["."],
      Sysctls: {
        // Without IPv6 on the loopback attempts over it fail unseen.
        "net.ipv6.conf.all.disable_ipv6": "0",
        "net.ipv6.conf.lo.disable_ipv6": "0",
        // No pings: every address would answer them.
        "net.ipv4.ping_group_range": "1 0",
      },
      Memory: limits.workspaceBytes + KEEPER_MEMORY,
      MemorySwap: limits.workspaceBytes + KEEPER_MEMORY,
      PidsLimit: 64,
      Mounts: [
        inMemory(WORKSPACE, labels, workspaceMount(limits)),
        inMemory(PROBE_FOLDER, labels, PROBE_MOUNT),
      ],
    },
  };
}

/** A volume in memory without a name: it goes with the container that made it. */
function inMemory(target: string, labels: PairSettings["labels"], options: string): MountSettings {
  return {
    Type: "volume",
    Source: "",
    Target: target,
    VolumeOptions: {
      NoCopy: true,
      Labels: { ...labels },
      DriverConfig: { Name: "local", Options: { type: "tmpfs", device: "tmpfs", o: options } },
    },
  };
}

/** The container that the command runs in: it joins the keeper with nothing of its own. */
export function boxOptions(
  settings: PairSettings,
  keeper: string,
  command: readonly [string, ...string[]],
): ContainerCreateOptions {
  const { limits, labels, dependencies } = settings;
  const [first, ...rest] = command;
  return {
    Image: settings.boxImage,
    Entrypoint: [first],
    Cmd: rest,
    User: BOX_USER,
    WorkingDir: WORKSPACE,
    Labels: { ...labels },
    ...ATTACHED,
    HostConfig: {
      ...CONFINED,
      SecurityOpt: ["no-new-privileges", `seccomp=${JSON.stringify(seccompProfile())}`],
      NetworkMode: `container:${keeper}`,
      PidMode: `container:${keeper}`,
      VolumesFrom: [keeper],
      Tmpfs: boxMounts(limits),
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      NanoCpus: Math.round(limits.cpus * 1e9),
      PidsLimit: limits.pids,
      ShmSize: 16 * MEBIBYTE,
      Ulimits: [
        { Name: "core", Soft: 0, Hard: 0 },
        { Name: "nofile", Soft: 4096, Hard: 4096 },
        { Name: "fsize", Soft: limits.workspaceBytes, Hard: limits.workspaceBytes },
        // Counted over all boxes of the machine, so it is no limit of one; Podman wants it said.
        { Name: "nproc", Soft: 32_768, Hard: 32_768 },
      ],
      ...(dependencies && {
        Mounts: [
          {
            Type: "volume",
            Source: dependencies.volume,
            Target: dependencies.target,
            ReadOnly: true,
            VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: "", Options: {} } },
          },
        ],
      }),
    },
  };
}

const ATTACHED = {
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: true,
  StdinOnce: true,
  Tty: false,
  Env: [],
} satisfies ContainerCreateOptions;

/** CgroupnsMode is missing in dockerode's types. */
const CONFINED: ContainerCreateOptions["HostConfig"] & { readonly CgroupnsMode: string } = {
  AutoRemove: true,
  ReadonlyRootfs: true,
  CapDrop: ["ALL"],
  Privileged: false,
  CgroupnsMode: "private",
  IpcMode: "private",
  LogConfig: { Type: "none", Config: {} },
  MaskedPaths: MASKED_PATHS,
  ReadonlyPaths: READONLY_PATHS,
};

/** The root's own: the box writes into the one file that is there for it, and this much. */
const PROBE_MOUNT = `size=${2 * MEBIBYTE},nr_inodes=8,mode=0755,nosuid,nodev,noexec`;

function workspaceMount(limits: Limits): string {
  return [
    `size=${limits.workspaceBytes}`,
    // One for the root, and the directories that git does not count.
    `nr_inodes=${limits.workspaceFiles + 1}`,
    `uid=${BOX_UID},gid=${BOX_UID},mode=0755,nosuid,nodev`,
  ].join(",");
}

function boxMounts({ memoryBytes }: Limits): Record<string, string> {
  const size = Math.floor(memoryBytes / 4);
  const shared = `rw,noexec,nosuid,nodev,size=${size},nr_inodes=20000`;
  return {
    "/tmp": `${shared},mode=1777`,
    "/home/box": `${shared},mode=0700,uid=${BOX_UID},gid=${BOX_UID}`,
  };
}
