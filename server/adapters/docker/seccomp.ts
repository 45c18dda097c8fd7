/** One condition on an argument of a system call, in the form that engines take. */
interface Condition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_GE" | "SCMP_CMP_MASKED_EQ";
}

interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly Condition[];
}

/** A seccomp profile in the form of `docker run --security-opt seccomp=…`. */
export interface SeccompProfile {
  readonly defaultAction: "SCMP_ACT_ERRNO";
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: [] }[];
  readonly syscalls: readonly Rule[];
}

const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/**
 * The system calls of the box: an allow-list, tighter than the engine's default. What is not named
 * is refused with EPERM. Calls of another architecture's table (32 bits, x32) end the process.
 */
export function seccompProfile(): SeccompProfile {
  const allowed = Object.values(ALLOWED).flat();
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
    ],
    syscalls: [
      { names: allowed, action: "SCMP_ACT_ALLOW" },
      ...absentRules(),
      ...socketRules(),
      ...cloneRules(),
      ...ptraceRules(),
      ...personalityRules(),
    ],
  };
}

/** What a program needs, by purpose. */
const ALLOWED = {
  // Files: what a path or a descriptor allows is decided by the read-only root, the owner and the
  // mounts, not here. Left out: handles (they open by inode, past every mount), mknod of devices is
  // refused by the missing capability, quotactl, acct, swapon, fanotify.
  files: words(`access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3
    faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl
    fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync ftruncate
    futimesat getcwd getdents getdents64 getxattr ioctl lchown lgetxattr link linkat listxattr
    llistxattr lremovexattr lseek lsetxattr lstat mkdir mkdirat mknod mknodat newfstatat open openat
    openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
    removexattr rename renameat renameat2 rmdir sendfile setxattr splice stat statfs statx symlink
    symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes
    write writev`),
  // Waiting for files and for each other. io_submit stays (databases use it): it can read and write
  // open descriptors and nothing else, unlike io_uring.
  events: words(`epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd
    eventfd2 inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
    io_getevents io_pgetevents io_setup io_submit pipe pipe2 poll ppoll pselect6 select signalfd
    signalfd4 timerfd_create timerfd_gettime timerfd_settime`),
  // Memory of the process itself. Left out: userfaultfd (it makes races in the kernel winnable),
  // memfd_secret (hides memory), process_madvise, remap_file_pages (deprecated).
  memory:
    words(`brk get_mempolicy madvise mbind membarrier memfd_create mincore mlock mlock2 mlockall
    mmap mprotect mremap msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect
    set_mempolicy`),
  // Processes, threads and their signals: the process namespace and the limit on pids bound them.
  // process_vm_readv is how strace reads arguments; of others it reads what ptrace may, which is
  // what belongs to the same user and is not protected.
  processes: words(`alarm arch_prctl capget capset execve execveat exit exit_group fork futex
    futex_waitv get_robust_list get_thread_area getpgid getpgrp getpid getppid getpriority getrlimit
    getrusage getsid gettid ioprio_get ioprio_set kill nanosleep pause pidfd_open pidfd_send_signal
    prctl prlimit64 process_vm_readv restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask
    rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max
    sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
    set_robust_list set_thread_area set_tid_address setitimer getitimer setpgid setpriority setrlimit
    setsid sigaltstack tgkill tkill vfork wait4 waitid`),
  // Who one is. Changing it needs capabilities that the box has not; programs try and go on.
  identity:
    words(`getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid
    setgroups setregid setresgid setresuid setreuid setuid`),
  // The clock is read, never set.
  time: words(`clock_getres clock_gettime clock_nanosleep getcpu gettimeofday time timer_create
    timer_delete timer_getoverrun timer_gettime timer_settime times`),
  // Sockets that exist: which can be made is decided in `socketRules`.
  sockets: words(`accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom
    recvmmsg recvmsg sendmmsg sendmsg sendto setsockopt shutdown socketpair`),
  // System V and POSIX queues, in an IPC namespace of the box's own; databases want them.
  ipc: words(`mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv
    msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget`),
  // Harmless questions, and a sandbox of the program's own (it can only take rights away).
  rest: words(`getrandom landlock_add_rule landlock_create_ruleset landlock_restrict_self sysinfo
    uname`),
} as const;

/**
 * Calls that programs try and do without when they hear that the kernel has none. io_uring passes
 * by syscall filters and tracers. seccomp(2) could make a listener whose answer "go on" outranks
 * the tracer, so that a call is made unseen; filters of one's own still go through prctl.
 * clone3 hides its flags behind a pointer, where no filter can look.
 */
function absentRules(): Rule[] {
  const names = words("io_uring_setup io_uring_enter io_uring_register seccomp clone3");
  return [{ names, action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS }];
}

/**
 * Unix sockets of any type; TCP and UDP over IPv4 and IPv6; of netlink only the routes, which list
 * the interfaces. Raw sockets are refused. Every other family (vsock, packet, alg, bluetooth, can,
 * tipc, …) answers as a kernel that has none: programs that ask for a list go on.
 */
function socketRules(): Rule[] {
  const [unix, ipv4, ipv6, netlink] = [1, 2, 10, 16];
  const [stream, datagram, tcp, udp] = [1, 2, 6, 17];
  const rules: Rule[] = [
    allow("socket", equal(0, unix)),
    allow("socket", equal(0, netlink), equal(2, 0)),
  ];
  for (const family of [ipv4, ipv6]) {
    for (const [type, protocol] of [
      [stream, 0],
      [stream, tcp],
      [datagram, 0],
      [datagram, udp],
    ] as const) {
      rules.push(allow("socket", equal(0, family), masked(1, 0xf, type), equal(2, protocol)));
    }
  }
  const known = new Set([unix, ipv4, ipv6, netlink]);
  for (let family = 0; family < 46; family += 1) {
    if (!known.has(family)) rules.push(noFamily(equal(0, family)));
  }
  rules.push(noFamily({ index: 0, value: 46, op: "SCMP_CMP_GE" }));
  return rules;
}

/** No new namespaces, and no child that hides from the tracer (CLONE_UNTRACED). */
function cloneRules(): Rule[] {
  const namespaces = 0x7e_02_00_00;
  const untraced = 0x00_80_00_00;
  return [allow("clone", masked(0, namespaces + untraced, 0))];
}

/**
 * What strace needs to follow its own children. Left out: attaching by surprise (ATTACH), writing
 * memory (POKE…) and registers (SET…REGS) of another process.
 */
function ptraceRules(): Rule[] {
  const [traceMe, peekText, peekData, peekUser, go, kill, detach, syscall] = [
    0, 1, 2, 3, 7, 8, 17, 24,
  ];
  const modern = [0x4200, 0x4201, 0x4202, 0x4204, 0x4206, 0x4207, 0x4208, 0x420a, 0x420e];
  return [traceMe, peekText, peekData, peekUser, go, kill, detach, syscall, ...modern].map(
    (request) => allow("ptrace", equal(0, request)),
  );
}

/** Linux, Linux with 32-bit addresses or without address randomisation off: the forms that programs ask for. */
function personalityRules(): Rule[] {
  return [0, 8, 0xffffffff].map((persona) => allow("personality", equal(0, persona)));
}

function allow(name: string, ...args: Condition[]): Rule {
  return { names: [name], action: "SCMP_ACT_ALLOW", args };
}

function noFamily(condition: Condition): Rule {
  return { names: ["socket"], action: "SCMP_ACT_ERRNO", errnoRet: EAFNOSUPPORT, args: [condition] };
}

function equal(index: number, value: number): Condition {
  return { index, value, op: "SCMP_CMP_EQ" };
}

/** The bits of `mask` are `value`. */
function masked(index: number, mask: number, value: number): Condition {
  return { index, value: mask, valueTwo: value, op: "SCMP_CMP_MASKED_EQ" };
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
