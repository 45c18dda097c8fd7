import { describe, expect, test } from "vitest";

import { seccompProfile } from "../../../server/adapters/docker/seccomp.ts";

const profile = seccompProfile();
const allowed = new Set(
  profile.syscalls
    .filter(({ action, args }) => action === "SCMP_ACT_ALLOW" && !args)
    .flatMap(({ names }) => names),
);

/** Whether a call with these arguments is allowed, as the kernel would decide. */
function decide(name: string, ...args: number[]): string {
  for (const rule of profile.syscalls) {
    if (!rule.names.includes(name)) continue;
    const holds = (rule.args ?? []).every(({ index, value, valueTwo, op }) => {
      const given = BigInt(args[index] ?? 0);
      if (op === "SCMP_CMP_EQ") return given === BigInt(value);
      if (op === "SCMP_CMP_GE") return given >= BigInt(value);
      return (given & BigInt(value)) === BigInt(valueTwo ?? 0);
    });
    if (holds) return rule.action === "SCMP_ACT_ALLOW" ? "allow" : String(rule.errnoRet);
  }
  return "EPERM";
}

describe("seccompProfile", () => {
  test("refuses what it does not name, and other architectures' tables", () => {
    expect(profile.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(profile.archMap.every(({ subArchitectures }) => subArchitectures.length === 0)).toBe(
      true,
    );
  });

  test.for([
    ..."mount umount2 move_mount open_tree fsopen fsmount fsconfig fspick pivot_root chroot".split(
      " ",
    ),
    ..."unshare setns bpf perf_event_open userfaultfd keyctl add_key request_key".split(" "),
    ..."init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff".split(
      " ",
    ),
    ..."open_by_handle_at name_to_handle_at process_vm_writev pidfd_getfd kcmp process_madvise".split(
      " ",
    ),
    ..."iopl ioperm modify_ldt acct quotactl syslog settimeofday clock_settime clock_adjtime adjtimex".split(
      " ",
    ),
    ..."sethostname setdomainname fanotify_init vhangup lookup_dcookie memfd_secret vmsplice ptrace socket clone".split(
      " ",
    ),
  ])("does not allow %s as such", (name) => {
    expect(allowed.has(name)).toBe(false);
  });

  test.for(["io_uring_setup", "io_uring_enter", "io_uring_register", "clone3", "seccomp"])(
    "answers %s as a kernel that has it not",
    (name) => {
      expect(decide(name)).toBe("38");
    },
  );

  test("names no call twice", () => {
    const names = profile.syscalls.filter(({ args }) => !args).flatMap((rule) => rule.names);
    expect(names.length).toBe(new Set(names).size);
    expect(names).not.toContain("");
  });

  const CLOEXEC = 0x80_800;
  test.for([
    ["a unix stream", "allow", [1, 1, 0]],
    ["TCP", "allow", [2, 1 | CLOEXEC, 6]],
    ["TCP over IPv6", "allow", [10, 1, 0]],
    ["UDP", "allow", [2, 2 | CLOEXEC, 17]],
    ["the list of interfaces", "allow", [16, 3, 0]],
    ["raw IP", "EPERM", [2, 3, 255]],
    ["raw ICMP", "EPERM", [2, 3, 1]],
    ["ping", "EPERM", [2, 2, 1]],
    ["SCTP", "EPERM", [2, 1, 132]],
    ["audit", "EPERM", [16, 3, 9]],
    ["packets", "97", [17, 3, 0]],
    ["vsock", "97", [40, 1, 0]],
    ["kernel crypto", "97", [38, 5, 0]],
    ["a family yet unknown", "97", [99, 1, 0]],
  ] as const)("decides over a socket for %s: %s", ([, decision, args]) => {
    expect(decide("socket", ...args)).toBe(decision);
  });

  test.for([
    ["fork", "allow", 0x11],
    ["a thread", "allow", 0x3d_0f00],
    ["a user namespace", "EPERM", 0x1000_0000],
    ["a mount namespace", "EPERM", 0x2_0000],
    ["a network namespace", "EPERM", 0x4000_0000],
    ["a child that hides from the tracer", "EPERM", 0x80_0000],
  ] as const)("decides over a clone for %s: %s", ([, decision, flags]) => {
    expect(decide("clone", flags)).toBe(decision);
  });

  test.for([
    ["SEIZE, which strace uses", "allow", 0x4206],
    ["ATTACH", "EPERM", 16],
    ["POKEDATA", "EPERM", 5],
    ["SETREGS", "EPERM", 13],
    ["SETREGSET", "EPERM", 0x4205],
  ] as const)("decides over ptrace %s: %s", ([, decision, request]) => {
    expect(decide("ptrace", request)).toBe(decision);
  });
});
