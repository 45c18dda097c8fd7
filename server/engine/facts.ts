import { type Arrival, beforePurl, findArrivals } from "../core/checks/arrivals.ts";
import { textAtBase } from "../core/checks/changed-text.ts";
import type { CheckInput } from "../core/checks/check.ts";
import { factOf, meantPurl } from "../core/checks/facts-of.ts";
import type { Fact, UnavailableFact } from "../core/fact.ts";
import { GateError } from "./errors.ts";
import type { FactSources, Registry } from "./fact-ports.ts";
import type { Ports } from "./ports.ts";

/** How far a review goes for facts. */
export type FactsMode = "fetch" | "cached" | "offline";

export interface FactsOptions {
  readonly facts?: FactsMode;
  readonly factsBudgetMs?: number;
  readonly signal: AbortSignal;
}

/** Most packages that one review asks about; a change with more is not what a person reads. */
const MOST_NAMES = 500;
/** Registries are asked for so many packages at once. */
const AT_ONCE = 8;
const DEFAULT_BUDGET_MS = 30_000;

/** Longest that is waited for package managers to tell how they are configured: once an hour or a day. */
const PREPARE_MS = 2_000;

/** What was asked of a registry, or why there is no answer. */
interface Asked {
  readonly arrivals: readonly Arrival[];
  readonly registry: Registry | null;
}

/**
 * Facts about the packages that a change brings in or moves: bounded in count and time, asked side
 * by side. Each one that could not be had is a fact of kind `unavailable` with the reason. Throws
 * only what the signal throws and our own bugs.
 */
export async function gatherFacts(
  { facts: sources, clock, log }: Pick<Ports, "facts" | "clock" | "log">,
  input: Pick<CheckInput, "change" | "texts" | "context" | "policy">,
  options: FactsOptions,
): Promise<readonly Fact[]> {
  const arrivals = findArrivals(input);
  if (arrivals.length === 0) return [];
  const { facts: mode = "fetch", factsBudgetMs = DEFAULT_BUDGET_MS, signal } = options;
  const time = clock.now();
  const project = (path: string): string | null => textAtBase(input, path);
  const context = { project, mode, time, keptOnly: true, signal };
  const kept = await askRegistries(sources, arrivals, limited(context, PREPARE_MS));
  const lacking = new Set(kept.flatMap((fact) => ("subject" in fact ? [fact.subject] : [])));
  const open = mode === "fetch" ? arrivals.filter(({ purl }) => lacking.has(purl)) : [];
  if (open.length > 0) await prepareRegistries(sources, open, signal);
  const asking = limited({ ...context, keptOnly: mode !== "fetch" }, factsBudgetMs);
  const packages =
    open.length === 0
      ? kept
      : [
          ...kept.filter((fact) => !("subject" in fact)),
          ...(await askRegistries(sources, open, asking)),
        ];
  const purls = purlsToLookUp(arrivals, packages);
  const advisories = await askAdvisories(sources, purls, input.policy.facts.osv, asking);
  signal.throwIfAborted();
  log.debug("Gathered facts.", { packages: packages.length, advisories: advisories.length, mode });
  return [...packages, ...advisories];
}

/** Whether every fact that was asked for is there. */
export function isWhole(facts: readonly Fact[]): boolean {
  return facts.every(({ kind }) => kind !== "unavailable");
}

interface Context {
  readonly project: (path: string) => string | null;
  readonly keptOnly: boolean;
  readonly mode: FactsMode;
  readonly time: string;
  readonly signal: AbortSignal;
}

/** The same, for so many milliseconds at most. */
function limited(context: Context, budgetMs: number): Context {
  return { ...context, signal: AbortSignal.any([context.signal, AbortSignal.timeout(budgetMs)]) };
}

async function prepareRegistries(
  sources: FactSources | undefined,
  arrivals: readonly Arrival[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set(arrivals.map(({ ecosystem }) => ecosystem));
  const open = sources?.registries.filter(({ ecosystem }) => wanted.has(ecosystem)) ?? [];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PREPARE_MS)]);
  await Promise.all(open.map((registry) => registry.prepare(limit)));
}

async function askRegistries(
  sources: FactSources | undefined,
  arrivals: readonly Arrival[],
  context: Context,
): Promise<readonly Fact[]> {
  const byName = Map.groupBy(arrivals, ({ ecosystem, name }) => `${ecosystem} ${name}`);
  const asked = [...byName.values()].map((group): Asked => {
    const ecosystem = group[0]?.ecosystem;
    const registry = sources?.registries.find((each) => each.ecosystem === ecosystem);
    return { arrivals: group, registry: registry ?? null };
  });
  const found: Fact[] = [];
  const open = asked.slice(0, MOST_NAMES).values();
  const work = async (): Promise<void> => {
    for (const each of open) found.push(...(await askOne(each, context)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const reason = `The change brings in more than ${MOST_NAMES} packages at once. Split it.`;
  for (const { arrivals: group } of asked.slice(MOST_NAMES)) {
    found.push(...group.map((each) => unavailable(each, reason, context)));
  }
  return found;
}

async function askOne({ arrivals, registry }: Asked, context: Context): Promise<readonly Fact[]> {
  const [first] = arrivals;
  if (first === undefined) return [];
  const lacks = (reason: string) => arrivals.map((each) => unavailable(each, reason, context));
  if (registry === null) {
    return lacks(`Facts about packages of ${first.ecosystem} are not looked up.`);
  }
  try {
    if (context.signal.aborted) return lacks(REASONS.late);
    const record = await registry.lookUp(first.name, {
      ...context,
      versions: versionsOf(arrivals),
    });
    if (record !== null) return arrivals.map((each) => factOf(record, each));
    return lacks(context.mode === "offline" ? REASONS.offline : REASONS.cached);
  } catch (error) {
    if (context.signal.aborted) return lacks(REASONS.late);
    if (!GateError.is(error)) throw error;
    return lacks(`${error.message} ${error.remedy}`);
  }
}

function versionsOf(arrivals: readonly Arrival[]): readonly string[] {
  const named = arrivals.flatMap(({ version, before }) => [version, before]);
  return [...new Set(named.filter((version) => version !== null))];
}

const REASONS = {
  late: "The registry did not answer in time. Check again.",
  offline: "Nothing is kept about it and the registry was not asked, as `--offline` wants it.",
  cached: "Nothing is kept about it and the registry was not asked yet.",
} as const;

/** The versions that come in, and those that they replace: a version may be there to mend the other. */
function purlsToLookUp(arrivals: readonly Arrival[], facts: readonly Fact[]): readonly string[] {
  const said = new Map(
    facts.flatMap((fact) => (fact.kind === "package" ? [[fact.purl, fact] as const] : [])),
  );
  const purls = arrivals.flatMap((each) => {
    const fact = said.get(each.purl) ?? null;
    const old = beforePurl(each);
    const isKnown = each.version !== null || fact?.version !== undefined;
    return [...(isKnown ? [meantPurl(each, fact)] : []), ...(old === null ? [] : [old])];
  });
  return [...new Set(purls)];
}

async function askAdvisories(
  sources: FactSources | undefined,
  purls: readonly string[],
  place: string | null,
  context: Context,
): Promise<readonly Fact[]> {
  if (purls.length === 0 || sources === undefined) return [];
  try {
    return await sources.advisories.find(purls, place, context);
  } catch (error) {
    const isLate = context.signal.aborted;
    if (!isLate && !GateError.is(error)) throw error;
    const told = GateError.is(error) ? `${error.message} ${error.remedy}` : REASONS.late;
    const reason = isLate ? REASONS.late : told;
    const { time } = context;
    return purls.map((subject): UnavailableFact => {
      return { kind: "unavailable", subject, lacks: "advisories", source: "osv", time, reason };
    });
  }
}

function unavailable(
  { purl, ecosystem }: Arrival,
  reason: string,
  { time }: Pick<Context, "time">,
): UnavailableFact {
  return { kind: "unavailable", subject: purl, lacks: "package", source: ecosystem, time, reason };
}
