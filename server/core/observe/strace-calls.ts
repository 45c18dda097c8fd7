import { readString, readStrings, splitArguments } from "./strace-arguments.ts";
import type { TracedAddress } from "./trace.ts";

/** What one finished call says, before anyone knows which program made it. */
export type TracedCall =
  | { readonly kind: "exec"; readonly path: string; readonly argv: string[]; readonly cut: boolean }
  | { readonly kind: "connect"; readonly to: TracedAddress }
  | { readonly kind: "fork"; readonly child: number; readonly thread: boolean }
  | {
      readonly kind: "file";
      readonly operation: "write" | "delete" | "rename" | "make-directory" | "link";
      readonly path: string;
      readonly to?: string;
      readonly refused?: string;
    };

const CALL = /^([a-z_0-9]{1,40})\(/;
const RESULT = /=\s+(-?\d+|\?|0x[0-9a-f]+)(?:<[^\n]*>)?(?:\s+(E[A-Z0-9]+))?/;
const WRITES = /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b/;

/** Reads one whole call, such as `connect(3, {…}, 16) = 0`; null where it is none of ours. */
export function readCall(text: string): TracedCall | null {
  const name = CALL.exec(text)?.[1];
  if (name === undefined) return null;
  const { args, rest } = splitArguments(text.slice(name.length + 1));
  const result = RESULT.exec(rest);
  const error = result?.[2];
  switch (name) {
    case "execve":
      return error === undefined ? exec(args[0], args[1]) : null;
    case "execveat":
      return error === undefined ? exec(args[1], args[2], args[0]) : null;
    case "connect":
      return connect(args[0], args[1], "tcp");
    case "sendto":
      return connect(args[0], args[4], "udp");
    case "sendmsg":
    case "sendmmsg":
      return connect(args[0], /\{msg_name=(\{[\s\S]*)/.exec(args[1] ?? "")?.[1], "udp");
    case "clone":
    case "clone3":
    case "fork":
    case "vfork":
      return fork(Number(result?.[1]), args);
    default:
      return fileCall(name, args, error);
  }
}

/** Without a path the descriptor itself is executed: its name, which `strace -yy` tells, is the program's. */
function exec(
  path: string | undefined,
  argv: string | undefined,
  descriptor = "",
): TracedCall | null {
  const file = readString(path ?? "");
  if (file === null) return null;
  const { texts, cut } = readStrings(argv ?? "");
  const named = /^\d+<(.*)>/s.exec(descriptor)?.[1];
  const program = file.text === "" && named !== undefined ? named : file.text;
  return { kind: "exec", path: program, argv: texts, cut: cut || file.cut };
}

function fork(child: number, args: readonly string[]): TracedCall | null {
  const thread = args.some((each) => each.includes("CLONE_THREAD"));
  return child > 0 ? { kind: "fork", child, thread } : null;
}

/** A datagram is sent to an address; what connects is TCP unless the descriptor says otherwise (`strace -yy`). */
function connect(
  descriptor: string | undefined,
  structure: string | undefined,
  guess: "tcp" | "udp",
): TracedCall | null {
  if (structure === undefined || !structure.startsWith("{sa_family=")) return null;
  const { args: fields } = splitArguments(structure.slice(1));
  const family = fields[0]?.slice("sa_family=".length);
  if (family === "AF_UNIX") {
    const path = readString(valueOf(fields, "sun_path="));
    if (path === null) return null;
    const to = { family: "unix", protocol: null, address: path.text, port: 0 } as const;
    return { kind: "connect", to };
  }
  if (family !== "AF_INET" && family !== "AF_INET6") return null;
  const stated = /^\d+<(TCP|UDP)/.exec(descriptor ?? "")?.[1]?.toLowerCase();
  const protocol = stated === "tcp" || stated === "udp" ? stated : guess === "udp" ? guess : null;
  const port = Number(/\d+/.exec(valueOf(fields, "sin_port=", "sin6_port="))?.[0] ?? 0);
  const address = addressIn(fields);
  if (address === null || port > 65_535) return null;
  return {
    kind: "connect",
    to: { family: family === "AF_INET" ? "ipv4" : "ipv6", protocol, address, port },
  };
}

function addressIn(fields: readonly string[]): string | null {
  for (const field of fields) {
    const open = field.indexOf("(");
    if (field.startsWith("sin_addr=inet_addr(")) {
      return readString(field.slice(open + 1))?.text ?? null;
    }
    if (field.startsWith("inet_pton(")) {
      return readString(splitArguments(field.slice(open + 1)).args[1] ?? "")?.text ?? null;
    }
  }
  return null;
}

function valueOf(fields: readonly string[], ...names: readonly string[]): string {
  for (const field of fields) {
    const name = names.find((candidate) => field.startsWith(candidate));
    if (name !== undefined) return field.slice(name.length);
  }
  return "";
}

function fileCall(name: string, args: readonly string[], error?: string): TracedCall | null {
  const refused = error === undefined ? {} : { refused: error };
  const at = (index: number): string | null => readString(args[index] ?? "")?.text ?? null;
  const one = (operation: "write" | "delete" | "make-directory", index: number) => {
    const path = at(index);
    return path === null ? null : ({ kind: "file", operation, path, ...refused } as const);
  };
  const two = (operation: "rename" | "link", from: number, into: number) => {
    const [path, to] = [at(from), at(into)];
    return path === null || to === null
      ? null
      : ({ kind: "file", operation, path, to, ...refused } as const);
  };
  switch (name) {
    case "open":
      return WRITES.test(args[1] ?? "") ? one("write", 0) : null;
    case "openat":
    case "openat2":
      return WRITES.test(args[2] ?? "") ? one("write", 1) : null;
    case "creat":
    case "truncate":
      return one("write", 0);
    case "unlink":
    case "rmdir":
      return one("delete", 0);
    case "unlinkat":
      return one("delete", 1);
    case "mkdir":
      return one("make-directory", 0);
    case "mkdirat":
      return one("make-directory", 1);
    case "rename":
      return two("rename", 0, 1);
    case "renameat":
    case "renameat2":
      return two("rename", 1, 3);
    case "link":
    case "symlink":
      return two("link", 0, 1);
    case "symlinkat":
      return two("link", 0, 2);
    case "linkat":
      return two("link", 1, 3);
    default:
      return null;
  }
}
