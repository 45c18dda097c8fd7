import { printable } from "../core/printable.ts";
import { GateError } from "../engine/errors.ts";
import type { Objection } from "./dialect.ts";
import { findInstalls, type Install } from "./installs.ts";

/** Longest that an assistant waits for registries, in milliseconds. */
const WAIT_MS = 3_000;

/** What is needed of the places that facts come from. */
export interface PackageSources {
  readonly registries: readonly {
    readonly ecosystem: string;
    lookUp(
      name: string,
      options: { readonly keptOnly: boolean; readonly signal: AbortSignal },
    ): Promise<{
      readonly exists: boolean;
      readonly source: string;
      readonly latest: string | null;
    } | null>;
  }[];
  readonly advisories: {
    find(
      purls: readonly string[],
      place: string | null,
      options: { readonly keptOnly: boolean; readonly time: string; readonly signal: AbortSignal },
    ): Promise<
      readonly {
        readonly kind: string;
        readonly purl?: string;
        readonly advisories?: readonly { readonly id: string; readonly isMalicious: boolean }[];
      }[]
    >;
  };
}

/**
 * Why a command that installs packages should not run: one of them does not exist in the configured
 * registry, or is known to do harm. Null where nothing speaks against it, or nothing could be learnt
 * in time: the change itself will be judged all the same.
 */
export async function objectToInstalls(
  command: string,
  sources: PackageSources,
  options: { readonly time: string; readonly signal: AbortSignal },
): Promise<Objection | null> {
  const installs = findInstalls(command);
  if (installs.length === 0) return null;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(WAIT_MS)]);
  const reasons = await Promise.all(
    installs.map((install) => reasonAgainst(install, sources, { ...options, signal })),
  );
  const known = reasons.filter((reason) => reason !== null);
  if (known.length === 0) return null;
  return { decision: "deny", reason: `Shipgate stopped this install. ${known.join(" ")}` };
}

async function reasonAgainst(
  install: Install,
  { registries, advisories }: PackageSources,
  options: { readonly time: string; readonly signal: AbortSignal },
): Promise<string | null> {
  const registry = registries.find(({ ecosystem }) => ecosystem === install.ecosystem);
  const name = printable(install.name, 200);
  const look = { keptOnly: false, signal: options.signal };
  try {
    const record = (await registry?.lookUp(install.name, look)) ?? null;
    if (record === null) return null;
    if (!record.exists) {
      return `${name} does not exist in ${printable(record.source, 200)}: check the name, and whether such a package was ever meant.`;
    }
    const version = install.version ?? record.latest;
    if (version === null) return null;
    const purl = `pkg:${install.ecosystem}/${encodePath(install.name)}@${encodeURIComponent(version)}`;
    const facts = await advisories.find([purl], null, { ...look, time: options.time });
    const harm = facts.flatMap((fact) => fact.advisories ?? []).find((one) => one.isMalicious);
    return harm === undefined
      ? null
      : `${name} ${printable(version, 100)} is known to do harm (${printable(harm.id, 100)}): do not install it.`;
  } catch (error) {
    if (GateError.is(error) || options.signal.aborted) return null;
    throw error;
  }
}

/** A name in a package URL: its parts by themselves, `@` escaped. */
function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
