import semver from "semver";
import type { z } from "zod";

import { printable } from "../printable.ts";
import { type LockedPackage, NpmLock, NpmManifest } from "./lock.ts";

/** What the box is, as npm names it. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
  readonly libc: "glibc" | "musl";
}

/** A package that is fetched from the configured registry and unpacked. */
export interface PlannedPackage {
  /** Below node_modules, such as `debug` or `debug/node_modules/ms`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** The strongest hash of its lock entry, as `sha512-…`. */
  readonly integrity: string;
}

/** A symbolic link, both ends relative to node_modules; `to` may lead to a workspace of the repository. */
export interface PlannedLink {
  readonly path: string;
  readonly to: string;
}

/** Everything that ends up in node_modules. Lifecycle scripts are never run; `scripts` says who has some. */
export interface InstallPlan {
  readonly packages: readonly PlannedPackage[];
  readonly links: readonly PlannedLink[];
  /** Names of packages that ask for a script to run at installation. */
  readonly scripts: readonly string[];
}

/** Why a tree's dependencies cannot be installed; the message is for people. */
export interface PlanProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** `production`: without what only development needs, as `npm ci --omit=dev` leaves it out. */
export type InstallScope = "all" | "production";

const SEGMENT = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-zA-Z0-9~_-][a-zA-Z0-9._~-]*$/;
const BIN_NAME = /^[a-zA-Z0-9_~-][a-zA-Z0-9._~-]*$/;
const LONGEST_PATH = 1000;

/**
 * What `npm ci` would install of a lock file, without npm: the lock file names every place. Both
 * texts are hostile. Null where the manifest asks for nothing.
 */
export function planInstall(
  manifestText: string,
  lockText: string | null,
  platform: Platform,
  scope: InstallScope = "all",
): InstallPlan | PlanProblem | null {
  const manifest = read(NpmManifest, manifestText);
  if ("problem" in manifest) return refuse(`package.json cannot be read: ${manifest.problem}`);
  const dev = scope === "all" ? manifest.devDependencies : {};
  const asks = [manifest.dependencies, dev, manifest.optionalDependencies];
  const isAsking =
    manifest.workspaces !== undefined ||
    [...asks, manifest.peerDependencies].some((names) => Object.keys(names ?? {}).length > 0);
  if (lockText === null) {
    return isAsking
      ? refuse("package.json has dependencies, but there is no package-lock.json that pins them", {
          remedy: "Run `npm install` and commit the package-lock.json that it writes.",
        })
      : null;
  }
  const lock = read(NpmLock, lockText);
  if ("problem" in lock) return refuse(`package-lock.json cannot be read: ${lock.problem}`);
  return planPackages(lock, platform, scope);
}

function planPackages(
  lock: NpmLock,
  platform: Platform,
  scope: InstallScope,
): InstallPlan | PlanProblem | null {
  const packages: PlannedPackage[] = [];
  const links: PlannedLink[] = [];
  const scripts = new Set<string>();
  const entries = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, entry] of entries) {
    // Entries outside node_modules are the project and its workspaces: their files are in the tree.
    if (!key.startsWith("node_modules/")) {
      if (key.includes("/node_modules/"))
        return refuse(`${printable(key)} is installed inside a workspace`);
      continue;
    }
    if (scope === "production" && entry.dev === true) continue;
    const path = key.slice("node_modules/".length);
    if (!isSafePath(path)) return refuse(`${printable(key)} is no place for a package`);
    if (entry.link === true) {
      const to = workspacePath(entry.resolved, path);
      if (to === null) return refuse(`${printable(key)} links to a place outside the repository`);
      links.push({ path, to });
      continue;
    }
    // A bundled package comes inside the package that bundles it.
    if (entry.inBundle === true || !fits(entry, platform)) continue;
    const planned = planPackage(path, entry);
    if ("problem" in planned) return planned;
    packages.push(planned);
    links.push(...binLinks(path, entry));
    if (entry.hasInstallScript === true) scripts.add(planned.name);
  }
  return packages.length + links.length === 0
    ? null
    : { packages, links: withoutRepeats(links), scripts: [...scripts] };
}

function planPackage(path: string, entry: LockedPackage): PlannedPackage | PlanProblem {
  const name = entry.name ?? path.split("/node_modules/").at(-1) ?? "";
  const shown = printable(`${name}@${entry.version ?? "?"}`);
  if (!SEGMENT.test(name)) return refuse(`${printable(name)} is no package name`);
  if (
    entry.version === undefined ||
    semver.valid(entry.version) !== entry.version.replace(/\+.*$/, "")
  )
    return refuse(`${shown} has no exact version`);
  if (typeof entry.resolved === "string" && !/^https?:/.test(entry.resolved))
    return refuse(`${shown} does not come from a registry (${printable(entry.resolved)})`);
  const integrity = strongest(entry.integrity ?? "");
  if (integrity === null) {
    return refuse(
      `${shown} has no integrity (sha512) in package-lock.json, so nothing proves its content`,
      {
        remedy:
          "Remove node_modules and package-lock.json, run `npm install`, commit the new lock file.",
      },
    );
  }
  return { path, name, version: entry.version, integrity };
}

/** Every part of a path below node_modules must be a package's name; nothing else can be written there. */
function isSafePath(path: string): boolean {
  return (
    path.length <= LONGEST_PATH && path.split("/node_modules/").every((part) => SEGMENT.test(part))
  );
}

/** From a link in node_modules to a folder of the repository; null where it leads out of it. */
function workspacePath(target: LockedPackage["resolved"], path: string): string | null {
  if (typeof target !== "string" || target.length > LONGEST_PATH || !/^[\w@.~ /-]+$/.test(target))
    return null;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  if (target.startsWith("/") || parts.includes("..") || parts.length === 0) return null;
  if (parts.includes("node_modules") || path.includes("node_modules")) return null;
  const up = path.split("/").map(() => "..");
  return [...up, ...parts].join("/");
}

function binLinks(path: string, { bin }: LockedPackage): PlannedLink[] {
  const end = path.lastIndexOf("node_modules/");
  const folder = end === -1 ? "" : path.slice(0, end + "node_modules/".length);
  const own = path.slice(folder.length);
  const links: PlannedLink[] = [];
  for (const [name, target] of Object.entries(bin ?? {})) {
    const file = target.replace(/^(?:\.?\/)+/, "");
    const isSafe = file !== "" && !file.split("/").includes("..") && !/[\0\\]/.test(file);
    const command = name.slice(name.lastIndexOf("/") + 1);
    if (isSafe && BIN_NAME.test(command))
      links.push({ path: `${folder}.bin/${command}`, to: `../${own}/${file}` });
  }
  return links;
}

function withoutRepeats(links: readonly PlannedLink[]): PlannedLink[] {
  const byPath = new Map<string, PlannedLink>();
  for (const link of links) if (!byPath.has(link.path)) byPath.set(link.path, link);
  return [...byPath.values()];
}

/** Whether a package is for this platform; npm leaves the others out where they are optional. */
function fits(entry: LockedPackage, { os, cpu, libc }: Platform): boolean {
  if (entry.optional !== true) return true;
  const wantedLibc = typeof entry.libc === "string" ? [entry.libc] : entry.libc;
  return isListed(entry.os, os) && isListed(entry.cpu, cpu) && isListed(wantedLibc, libc);
}

function isListed(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0 || list.includes("any")) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((each) => each.startsWith("!"));
}

function strongest(integrity: string): string | null {
  for (const part of integrity.trim().split(/\s+/)) {
    const hash = /^sha512-([A-Za-z0-9+/]{86}==)(?:\?.*)?$/.exec(part)?.[1];
    if (hash !== undefined) return `sha512-${hash}`;
  }
  return null;
}

function read<T>(schema: z.ZodType<T>, text: string): T | { problem: string } {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return { problem: printable(`${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim()) };
  } catch {
    return { problem: "it is not valid JSON" };
  }
}

function refuse(
  problem: string,
  {
    remedy = "Only packages from the configured npm registry, pinned by package-lock.json, can be installed.",
  } = {},
): PlanProblem {
  return { problem: `${problem}.`, remedy };
}
