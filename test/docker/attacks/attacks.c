/* Attacks through the kernel's own door, one a name. Prints "ESCAPED" where a call was let through. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int tried(const char *what, long result) {
  if (result < 0) printf("denied %s %s\n", what, strerrorname_np(errno));
  else printf("ESCAPED %s %ld\n", what, result);
  fflush(stdout);
  return 0;
}
#define TRY(what, call) tried(what, (errno = 0, (long)(call)))

static char buffer[4096];
static int child(void *unused) { (void)unused; _exit(0); }
static long cloned(int flags) {
  static char stack[65536];
  return clone(child, stack + sizeof stack, flags | SIGCHLD, NULL);
}

/* The nearest ancestor that is not ours is the tracer. */
static pid_t tracer(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  int pid = 0;
  while (status && fgets(line, sizeof line, status)) if (sscanf(line, "TracerPid: %d", &pid) == 1) break;
  return pid;
}

static void dies(const char *what, int signal_number) {
  printf(signal_number ? "denied %s signal %d\n" : "ESCAPED %s\n", what, signal_number);
}

static void old_table(void) {
  pid_t pid = fork();
  if (pid == 0) {
    long result = 20; /* getpid in the table of 32 bits */
    __asm__ volatile("int $0x80" : "+a"(result));
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  dies("int80", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void x32_table(void) {
  pid_t pid = fork();
  if (pid == 0) { syscall(0x40000000 + 39); _exit(errno == ENOSYS ? 38 : 0); }
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 38) printf("denied x32 ENOSYS\n");
  else dies("x32", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void memory_of_tracer(void) {
  char path[64];
  for (const char **file = (const char *[]){"mem", "environ", "maps", "fd/1", NULL}; *file; file++) {
    snprintf(path, sizeof path, "/proc/%d/%s", tracer(), *file);
    TRY(*file, open(path, O_RDWR));
  }
  struct iovec here = {buffer, 8}, there = {(void *)0x400000, 8};
  TRY("process_vm_writev", process_vm_writev(tracer(), &here, 1, &there, 1, 0));
  TRY("process_vm_readv", process_vm_readv(tracer(), &here, 1, &there, 1, 0));
}

static void capabilities(void) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
  TRY("capset", syscall(SYS_capset, &head, data));
}

static void realtime(void) {
  struct sched_param parameter = {.sched_priority = 50};
  TRY("sched_setscheduler", sched_setscheduler(0, SCHED_FIFO, &parameter));
  TRY("setpriority", setpriority(PRIO_PROCESS, 0, -20));
}

static void limits(void) {
  struct rlimit endless = {RLIM_INFINITY, RLIM_INFINITY};
  TRY("nofile", setrlimit(RLIMIT_NOFILE, &endless));
  TRY("fsize", setrlimit(RLIMIT_FSIZE, &endless));
  TRY("core", setrlimit(RLIMIT_CORE, &endless));
}

static void clocks(void) {
  struct timespec now = {0, 0};
  struct timeval day = {0, 0};
  TRY("clock_settime", clock_settime(CLOCK_REALTIME, &now));
  TRY("settimeofday", settimeofday(&day, NULL));
  TRY("adjtimex", syscall(SYS_adjtimex, buffer));
}

static void modules(void) {
  TRY("init_module", syscall(SYS_init_module, buffer, 16, ""));
  TRY("finit_module", syscall(SYS_finit_module, 0, "", 0));
  TRY("delete_module", syscall(SYS_delete_module, "x", 0));
}

static void keys(void) {
  TRY("add_key", syscall(SYS_add_key, "user", "shipgate", "x", 1, -3));
  TRY("request_key", syscall(SYS_request_key, "user", "shipgate", NULL, 0));
  TRY("keyctl", syscall(SYS_keyctl, 0, -3, 1));
}

static void in_memory_program(void) {
  int file = memfd_create("hidden", MFD_CLOEXEC), self = open("/proc/self/exe", O_RDONLY);
  for (ssize_t read_bytes; (read_bytes = read(self, buffer, sizeof buffer)) > 0;)
    if (write(file, buffer, read_bytes) != read_bytes) return;
  fflush(stdout);
  fexecve(file, (char *[]){"innocent", "ran", NULL}, (char *[]){NULL});
  printf("denied fexecve %s\n", strerrorname_np(errno));
}

int main(int count, char **arguments) {
  const char *name = count > 1 ? arguments[1] : "";
#define ATTACK(text) if (strcmp(name, text) == 0)
  ATTACK("ran") printf("denied nothing: it ran inside\n");
  ATTACK("mount") TRY("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, ""));
  ATTACK("remount") TRY("remount", syscall(SYS_mount, "", "/", "", 32 /* MS_REMOUNT */, ""));
  ATTACK("bind") TRY("bind", syscall(SYS_mount, "/proc", "/workspace", "", 4096 /* MS_BIND */, ""));
  ATTACK("umount") TRY("umount", syscall(SYS_umount2, "/proc/keys", 2));
  ATTACK("new-mount-api") { TRY("fsopen", syscall(SYS_fsopen, "proc", 0)); TRY("open_tree", syscall(SYS_open_tree, -100, "/", 1)); TRY("move_mount", syscall(SYS_move_mount, 0, "", 0, "", 0)); }
  ATTACK("pivot-root") TRY("pivot_root", syscall(SYS_pivot_root, ".", "."));
  ATTACK("chroot") TRY("chroot", syscall(SYS_chroot, "/workspace"));
  ATTACK("unshare-user") TRY("unshare", unshare(CLONE_NEWUSER));
  ATTACK("unshare-net") TRY("unshare", unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID));
  ATTACK("clone-user") TRY("clone", cloned(CLONE_NEWUSER));
  ATTACK("clone-untraced") TRY("clone", cloned(CLONE_UNTRACED));
  ATTACK("clone3") TRY("clone3", syscall(435, buffer, 64));
  ATTACK("setns") { TRY("open", open("/proc/1/ns/mnt", O_RDONLY)); TRY("setns", syscall(SYS_setns, 0, 0)); }
  ATTACK("ptrace-init") { TRY("attach", ptrace(PTRACE_ATTACH, 1, 0, 0)); TRY("seize", ptrace(PTRACE_SEIZE, 1, 0, 0)); }
  ATTACK("ptrace-tracer") { TRY("attach", ptrace(PTRACE_ATTACH, tracer(), 0, 0)); TRY("seize", ptrace(PTRACE_SEIZE, tracer(), 0, 0)); }
  ATTACK("memory-of-tracer") memory_of_tracer();
  ATTACK("kill-keeper") { TRY("kill", kill(1, SIGKILL)); TRY("stop", kill(1, SIGSTOP)); }
  ATTACK("descriptor-of-keeper") { TRY("pidfd_getfd", syscall(438, syscall(434, 1, 0), 0, 0)); }
  ATTACK("bpf") TRY("bpf", syscall(SYS_bpf, 5, buffer, 64));
  ATTACK("perf") TRY("perf_event_open", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0));
  ATTACK("userfaultfd") TRY("userfaultfd", syscall(SYS_userfaultfd, 0));
  ATTACK("io-uring") TRY("io_uring_setup", syscall(425, 4, buffer));
  ATTACK("vsock") TRY("socket", socket(40, SOCK_STREAM, 0));
  ATTACK("packet-socket") TRY("socket", socket(AF_PACKET, SOCK_RAW, 0));
  ATTACK("crypto-socket") TRY("socket", socket(38, SOCK_SEQPACKET, 0));
  ATTACK("other-sockets") for (int family = 17; family < 46; family++) TRY("socket", socket(family, SOCK_RAW, 0));
  ATTACK("raw-icmp") { TRY("raw", socket(AF_INET, SOCK_RAW, 1)); TRY("ping", socket(AF_INET, SOCK_DGRAM, 1)); TRY("raw6", socket(AF_INET6, SOCK_RAW, 58)); }
  ATTACK("sctp") { TRY("sctp", socket(AF_INET, SOCK_STREAM, 132)); TRY("dccp", socket(AF_INET, 6, 33)); TRY("udplite", socket(AF_INET, SOCK_DGRAM, 136)); }
  ATTACK("netfilter") TRY("netlink", socket(AF_NETLINK, SOCK_RAW, 12));
  ATTACK("keyring") keys();
  ATTACK("modules") modules();
  ATTACK("kexec") TRY("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
  ATTACK("reboot") TRY("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, NULL));
  ATTACK("swap") TRY("swapon", syscall(SYS_swapon, "/workspace/x", 0));
  ATTACK("hostname") { TRY("sethostname", sethostname("owned", 5)); TRY("setdomainname", setdomainname("owned", 5)); }
  ATTACK("clock") clocks();
  ATTACK("device-node") { TRY("memory", mknod("/workspace/mem", S_IFCHR | 0666, makedev(1, 1))); TRY("disk", mknod("/tmp/disk", S_IFBLK | 0666, makedev(8, 0))); }
  ATTACK("handles") { TRY("name_to_handle_at", syscall(SYS_name_to_handle_at, -100, "/", buffer, buffer + 512, 0)); TRY("open_by_handle_at", syscall(SYS_open_by_handle_at, 3, buffer, 0)); }
  ATTACK("become-root") { TRY("setuid", setuid(0)); TRY("setgid", setgid(0)); TRY("setresuid", setresuid(0, 0, 0)); TRY("setgroups", syscall(SYS_setgroups, 1, buffer)); }
  ATTACK("capset") capabilities();
  ATTACK("ports") { TRY("iopl", syscall(SYS_iopl, 3)); TRY("ioperm", syscall(SYS_ioperm, 0, 8, 1)); }
  ATTACK("kernel-log") TRY("syslog", syscall(SYS_syslog, 3, buffer, 512));
  ATTACK("fanotify") TRY("fanotify_init", syscall(SYS_fanotify_init, 0, 0));
  ATTACK("quota") { TRY("quotactl", syscall(SYS_quotactl, 0x800007, "/", 0, buffer)); TRY("acct", syscall(SYS_acct, "/workspace/x")); }
  ATTACK("personality") TRY("personality", syscall(SYS_personality, 0x0400000));
  ATTACK("seccomp-listener") TRY("seccomp", syscall(SYS_seccomp, 1, 8, buffer));
  ATTACK("secret-memory") { TRY("memfd_secret", syscall(447, 0)); TRY("remap_file_pages", syscall(SYS_remap_file_pages, 0, 0, 0, 0, 0)); }
  ATTACK("realtime") realtime();
  ATTACK("limits") limits();
  ATTACK("int80") old_table();
  ATTACK("x32") x32_table();
  ATTACK("memfd") in_memory_program();
  return 0;
}
