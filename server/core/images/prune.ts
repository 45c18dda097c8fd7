import type { Tree } from "./tree.ts";

/** Folders and files that an image does not need to run a program; licences stay. */
const PRUNED = [
  "boot",
  "etc/apparmor.d",
  "etc/apt",
  "etc/bash_completion.d",
  "etc/cron.d",
  "etc/cron.daily",
  "etc/default",
  "etc/dpkg",
  "etc/init.d",
  "etc/issue",
  "etc/issue.net",
  "etc/kernel",
  "etc/logrotate.d",
  "etc/pam.d",
  "etc/profile.d",
  "etc/skel",
  "etc/systemd",
  "etc/update-motd.d",
  "etc/gshadow",
  "etc/shadow",
  "usr/games",
  "usr/include",
  "usr/lib/systemd",
  "usr/lib/sysusers.d",
  "usr/lib/tmpfiles.d",
  "usr/lib/udev",
  "usr/sbin/update-ca-certificates",
  "usr/share/apport",
  "usr/share/applications",
  "usr/share/base-files",
  "usr/share/bash-completion",
  "usr/share/bug",
  "usr/share/ca-certificates",
  "usr/share/debianutils",
  "usr/share/dict",
  "usr/share/doc-base",
  "usr/share/fish",
  "usr/share/gdb",
  "usr/share/git-core/contrib",
  "usr/share/gitweb",
  "usr/share/info",
  "usr/share/initramfs-tools",
  "usr/share/lintian",
  "usr/share/locale",
  "usr/share/man",
  "usr/share/menu",
  "usr/share/perl5",
  "usr/share/pixmaps",
  "usr/share/polkit-1",
  "usr/share/vim",
  "usr/share/zsh",
  "usr/src",
  "var/cache",
  "var/lib/git",
  "var/log",
] as const;

/** Takes out of a tree what PRUNED names, documentation but licences, and folders that are then empty. */
export function pruneTree(tree: Tree): void {
  for (const [path, entry] of tree) {
    const isPruned = PRUNED.some((pruned) => path === pruned || path.startsWith(`${pruned}/`));
    if (isPruned || (entry.type === "file" && isDocumentation(path))) tree.delete(path);
  }
  const used = new Set<string>();
  for (const [path, entry] of tree) {
    if (entry.type === "directory") continue;
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
      used.add(path.slice(0, at));
  }
  for (const [path, entry] of tree)
    if (entry.type === "directory" && !used.has(path)) tree.delete(path);
}

function isDocumentation(path: string): boolean {
  return path.startsWith("usr/share/doc/") && !/\/copyright(?:\.gz)?$/.test(path);
}
