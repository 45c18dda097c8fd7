import type { Attack } from "./attack.ts";
import { BOMBS } from "./bombs.ts";
import { SCRIPTS } from "./scripts.ts";

const SECCOMP = "our seccomp allow-list";
const CAPABILITIES = "no capabilities, our seccomp allow-list";
const OTHER_USER = "another user's process, without capabilities";
const ALL_DENIED = /^(?:denied [^\n]*\n)+$/;

/** Family, name of the function in `attacks.c`, what it tries, what stops it. */
const CALLS: readonly (readonly [family: string, code: string, name: string, stoppedBy: string])[] =
  [
    ["mounts", "mount", "mounts a file system of its own", CAPABILITIES],
    ["mounts", "remount", "makes the root writable", CAPABILITIES],
    ["mounts", "bind", "puts /proc in the place of the workspace", CAPABILITIES],
    ["mounts", "umount", "takes away what hides a part of /proc", CAPABILITIES],
    ["mounts", "new-mount-api", "mounts through the new calls", SECCOMP],
    ["mounts", "pivot-root", "changes the root of the file system", CAPABILITIES],
    ["mounts", "chroot", "moves into a root of its own", CAPABILITIES],
    ["mounts", "handles", "opens a file by its handle, past every mount", SECCOMP],
    ["namespaces", "unshare-user", "becomes root in a user namespace", SECCOMP],
    ["namespaces", "unshare-net", "makes network, mount and process namespaces", SECCOMP],
    ["namespaces", "clone-user", "starts a child in a user namespace", SECCOMP],
    ["namespaces", "clone3", "hides the flags of a new child from the filter", SECCOMP],
    ["namespaces", "setns", "enters the keeper's namespaces", OTHER_USER],
    ["the observer", "clone-untraced", "starts a child that is not observed", SECCOMP],
    ["the observer", "ptrace-tracer", "observes its observer", SECCOMP],
    [
      "the observer",
      "memory-of-tracer",
      "reads and writes the observer's memory and files",
      "the observer's program is unreadable, hence its process is",
    ],
    [
      "the observer",
      "seccomp-listener",
      "answers its own calls before the observer sees them",
      SECCOMP,
    ],
    [
      "the observer",
      "memfd",
      "runs a program that is in no file",
      "nothing: it runs inside and is seen",
    ],
    ["the keeper", "ptrace-init", "takes over the keeper", OTHER_USER],
    ["the keeper", "kill-keeper", "kills or stops the keeper", OTHER_USER],
    ["the keeper", "descriptor-of-keeper", "takes a descriptor out of the keeper", SECCOMP],
    ["the kernel", "bpf", "loads a BPF program", SECCOMP],
    ["the kernel", "perf", "measures the kernel", SECCOMP],
    ["the kernel", "userfaultfd", "stops the kernel at a page of its choice", SECCOMP],
    ["the kernel", "io-uring", "makes calls that no filter sees", SECCOMP],
    ["the kernel", "keyring", "uses the kernel's keys", SECCOMP],
    ["the kernel", "modules", "loads and removes kernel modules", SECCOMP],
    ["the kernel", "kexec", "starts another kernel", SECCOMP],
    ["the kernel", "reboot", "restarts the machine", CAPABILITIES],
    ["the kernel", "swap", "swaps to a file of its own", CAPABILITIES],
    ["the kernel", "ports", "uses hardware ports", CAPABILITIES],
    ["the kernel", "kernel-log", "reads the kernel's log", SECCOMP],
    ["the kernel", "fanotify", "watches all files of the machine", SECCOMP],
    ["the kernel", "quota", "changes quotas and accounting", SECCOMP],
    ["the kernel", "personality", "switches protections of its memory off", SECCOMP],
    ["the kernel", "secret-memory", "hides memory, uses calls that are out of use", SECCOMP],
    ["the kernel", "int80", "makes calls by the table of 32 bits", "the call ends the process"],
    ["the kernel", "x32", "makes calls by the table of x32", "the call ends the process"],
    ["sockets", "vsock", "talks to the hypervisor", SECCOMP],
    ["sockets", "packet-socket", "writes raw frames", SECCOMP],
    ["sockets", "crypto-socket", "uses the kernel's cryptography", SECCOMP],
    ["sockets", "other-sockets", "opens sockets of every rare family", SECCOMP],
    ["sockets", "raw-icmp", "tunnels through pings", SECCOMP],
    ["sockets", "sctp", "speaks rare protocols", SECCOMP],
    ["sockets", "netfilter", "changes the packet filter", SECCOMP],
    ["privileges", "become-root", "becomes root", CAPABILITIES],
    ["privileges", "capset", "gives itself capabilities", "an empty bounding set"],
    ["privileges", "device-node", "makes devices for memory and disk", CAPABILITIES],
    ["privileges", "hostname", "renames the machine", CAPABILITIES],
    ["privileges", "clock", "sets the clock", CAPABILITIES],
    ["privileges", "realtime", "takes the processor for itself", CAPABILITIES],
    ["privileges", "limits", "raises its own limits", "hard limits"],
  ];

function attackOf([family, code, name, stoppedBy]: (typeof CALLS)[number]): Attack {
  const attack = { family, name, language: "C", code, stoppedBy, says: ALL_DENIED } as const;
  return code === "memfd" ? { ...attack, seen: "process /memfd:hidden" } : attack;
}

/** Every attack of the suite. */
export const ATTACKS: readonly Attack[] = [...CALLS.map(attackOf), ...SCRIPTS, ...BOMBS];
