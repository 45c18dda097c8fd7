import { printable } from "../core/printable.ts";
import { GateError } from "../engine/errors.ts";
import type { FactSources } from "../engine/fact-ports.ts";
import { readPolicy } from "../engine/policy.ts";
import type { Ports } from "../engine/ports.ts";
import type { Objection } from "./dialect.ts";
import { findInstalls, type Install } from "./installs.ts";

/** Longest that an assistant waits for registries, in milliseconds. */
const WAIT_MS = 3_000;
/** What npm reads of a project: it may choose registries. */
const NPMRC = ".npmrc";

/** What the merge base says about where packages and their weaknesses are looked up. */
interface ProjectSettings {
  readonly npmrc: string | null;
  readonly osv: string | null;
}

interface Question extends ProjectSettings {
  readonly sources: FactSources;
  readonly time: string;
  readonly signal: AbortSignal;
}

/**
 * Why a command that installs packages should not run: one of them does not exist in the configured
 * registry, or is known to do harm. Null where nothing speaks against it, or nothing could be learnt
 * in time: the change itself will be judged all the same.
 */
export async function objectToInstalls(
  command: string,
  ports: Pick<Ports, "repository" | "clock"> & { readonly facts?: FactSources },
  signal: AbortSignal,
): Promise<Objection | null> {
  const installs = findInstalls(command);
  const { facts: sources, clock } = ports;
  if (installs.length === 0 || sources === undefined) return null;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
  try {
    const settings = await readSettings(ports, limit);
    const question = { ...settings, sources, time: clock.now(), signal: limit };
    const reasons = await Promise.all(installs.map((install) => reasonAgainst(install, question)));
    const known = reasons.filter((reason) => reason !== null);
    if (known.length === 0) return null;
    return { decision: "deny", reason: `Shipgate stopped this install. ${known.join(" ")}` };
  } catch (error) {
    if (GateError.is(error) || limit.aborted) return null;
    throw error;
  }
}

/** From the merge base: a change does not choose the registry that it is checked against. */
async function readSettings(
  { repository }: Pick<Ports, "repository">,
  signal: AbortSignal,
): Promise<ProjectSettings> {
  const ends = await repository.readChange({}, signal).catch((error: unknown) => {
    if (GateError.is(error, "no-commits") || GateError.is(error, "no-base")) return null;
    throw error;
  });
  if (ends === null) return { npmrc: null, osv: null };
  const { policy } = await readPolicy(repository, ends, signal);
  const [entry] = await repository.findInTree(ends.base.tree, [NPMRC], signal);
  const texts = await repository.readTexts(entry === undefined ? [] : [entry.blob], signal);
  return { npmrc: texts.get(entry?.blob ?? "") ?? null, osv: policy.facts.osv };
}

async function reasonAgainst(install: Install, question: Question): Promise<string | null> {
  const { sources, signal, npmrc, osv, time } = question;
  const registry = sources.registries.find(({ ecosystem }) => ecosystem === install.ecosystem);
  if (registry === undefined) return null;
  const look = {
    keptOnly: false,
    signal,
    project: (path: string) => (path === NPMRC ? npmrc : null),
    ...(install.version !== null && { versions: [install.version] }),
  };
  try {
    await registry.prepare(signal);
    const record = await registry.lookUp(install.name, look);
    if (record === null) return null;
    const name = printable(install.name, 200);
    if (!record.exists) {
      return `${name} does not exist in ${printable(record.source, 200)}: check the name, and whether such a package was ever meant.`;
    }
    const version = install.version ?? record.latest;
    if (version === null) return null;
    const facts = await sources.advisories.find([purlOf(install, version)], osv, { ...look, time });
    const advisories = facts.flatMap((fact) => (fact.kind === "advisories" ? fact.advisories : []));
    const harm = advisories.find(({ isMalicious }) => isMalicious);
    return harm === undefined
      ? null
      : `${name} ${printable(version, 100)} is known to do harm (${printable(harm.id, 100)}): do not install it.`;
  } catch (error) {
    // What one registry does not tell says nothing against the others' answers.
    if (GateError.is(error) || signal.aborted) return null;
    throw error;
  }
}

function purlOf({ ecosystem, name }: Install, version: string): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `pkg:${ecosystem}/${path}@${encodeURIComponent(version)}`;
}
