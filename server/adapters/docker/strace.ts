/** System calls that are followed in every run: programs, ways out, and what takes files away. */
const LIGHT = `execve,execveat,clone,fork,vfork,connect,sendto,sendmsg,sendmmsg,
unlink,unlinkat,rmdir,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate`.split(
  /,\s*/,
);

/** Longest text of an argument in the trace, in bytes. */
const LONGEST_TEXT = 512;

/**
 * The command line that runs a program under observation. With a filter in the kernel only the
 * followed calls stop the program; `?` lets strace pass over those that an architecture has not.
 */
export function straceArguments(command: readonly string[]): [string, ...string[]] {
  const trace = LIGHT.map((name) => `?${name}`).join(",");
  // Only signals that end nothing by themselves are left out: with a signal strace also hides the death by it.
  const signals = "signal=!SIGCHLD,SIGURG,SIGWINCH,SIGCONT";
  const what = ["-e", signals, "-e", `trace=${trace}`, "-s", String(LONGEST_TEXT), "-yy"];
  return ["strace", "-f", "-q", "--seccomp-bpf", "-o", "/dev/stderr", ...what, "--", ...command];
}

/**
 * Passes on the trace from where the command begins: behind the attempt to remove the marker and
 * the launcher's own last step. The trace is ASCII: strace escapes the rest.
 */
export function createTraceCut(
  marker: string,
  onTrace: (text: string) => void,
): (piece: Buffer) => void {
  let before = "";
  let isCommand = false;
  return (piece) => {
    if (isCommand) return onTrace(piece.toString("latin1"));
    before += piece.toString("latin1");
    const at = before.indexOf(marker);
    const end = at === -1 ? -1 : before.indexOf("\n", at);
    if (end === -1) {
      before = before.slice(-(marker.length + LONGEST_TEXT));
      return;
    }
    isCommand = true;
    onTrace(before.slice(end + 1));
  };
}
