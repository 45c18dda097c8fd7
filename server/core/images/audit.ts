/** What the audit needs to know of each thing in the finished image. */
export interface AuditedEntry {
  readonly path: string;
  readonly type: string;
  /** All twelve mode bits. */
  readonly mode: number;
  readonly size: number;
}

export interface AuditCheck {
  readonly id:
    | "non-root-user"
    | "no-setuid"
    | "no-package-manager"
    | "no-shell"
    | "no-world-writable"
    | "no-devices"
    | "no-password-hashes"
    | "size";
  readonly ok: boolean;
  /** One plain sentence. */
  readonly detail: string;
}

/** The hardening self-audit of an image. `clean` means that every check is ok. */
export interface Audit {
  readonly clean: boolean;
  readonly checks: readonly AuditCheck[];
}

export interface AuditSubject {
  readonly variant: "runtime" | "dev";
  /** `User` of the image's configuration. */
  readonly user: string;
  readonly entries: readonly AuditedEntry[];
  readonly sizeLimitBytes: number;
}

const SHELLS = new Set("sh bash dash ash ksh mksh zsh fish csh tcsh busybox toybox".split(" "));
const SYSTEM_PACKAGE_MANAGERS = new Set(
  "apt apt-get aptitude dpkg dpkg-deb rpm yum dnf microdnf apk zypper pacman snap".split(" "),
);
const LANGUAGE_PACKAGE_MANAGERS = new Set(
  "npm npx yarn pnpm corepack pip pip3 gem cargo go mvn".split(" "),
);
const PROGRAM_FOLDERS = /^(?:usr\/)?(?:local\/)?s?bin\//;

/** Checks an image's own file system and user against what a hardened image promises. */
export function auditImage(subject: AuditSubject): Audit {
  const { entries } = subject;
  const programs = entries.filter((entry) => PROGRAM_FOLDERS.test(entry.path));
  const isRuntime = subject.variant === "runtime";
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  const checks: AuditCheck[] = [
    {
      id: "non-root-user",
      ok: /^[1-9][0-9]*(?::[1-9][0-9]*)?$/.test(subject.user),
      detail: `It runs as ${subject.user === "" ? "root" : subject.user}.`,
    },
    absent(
      "no-setuid",
      "setuid or setgid files",
      entries.filter((entry) => (entry.mode & 0o6000) !== 0),
    ),
    absent(
      "no-package-manager",
      isRuntime ? "package managers" : "package managers of the system",
      programs.filter(
        ({ path }) =>
          SYSTEM_PACKAGE_MANAGERS.has(baseName(path)) ||
          (isRuntime && LANGUAGE_PACKAGE_MANAGERS.has(baseName(path))),
      ),
    ),
    ...(isRuntime
      ? [
          absent(
            "no-shell",
            "shells",
            programs.filter(({ path }) => SHELLS.has(baseName(path))),
          ),
        ]
      : []),
    absent("no-world-writable", "things that anybody may write", entries.filter(isWorldWritable)),
    absent(
      "no-devices",
      "devices, pipes or sockets",
      entries.filter(({ type }) => !["file", "directory", "symlink", "link"].includes(type)),
    ),
    absent(
      "no-password-hashes",
      "password files",
      entries.filter(({ path }) => /^etc\/g?shadow-?$/.test(path)),
    ),
    {
      id: "size",
      ok: size <= subject.sizeLimitBytes,
      detail: `${mebibytes(size)} MiB of at most ${mebibytes(subject.sizeLimitBytes)} MiB.`,
    },
  ];
  return { clean: checks.every((check) => check.ok), checks };
}

function isWorldWritable({ type, mode }: AuditedEntry): boolean {
  if (type === "symlink" || (mode & 0o002) === 0) return false;
  return !(type === "directory" && (mode & 0o1000) !== 0);
}

function absent(id: AuditCheck["id"], what: string, found: readonly AuditedEntry[]): AuditCheck {
  if (found.length === 0) return { id, ok: true, detail: `No ${what}.` };
  const some = found.slice(0, 5).map(({ path }) => `/${path}`);
  const rest = found.length > some.length ? ` and ${found.length - some.length} more` : "";
  return { id, ok: false, detail: `Has ${what}: ${some.join(", ")}${rest}.` };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
