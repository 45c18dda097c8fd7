import { z } from "zod";

import type { PackageRecord } from "../../core/fact.ts";
import type { LookUp, Registry } from "../../engine/fact-ports.ts";
import type { HttpClient } from "./http.ts";
import { openRecordCache } from "./record-cache.ts";

const MINUTE_MS = 60_000;
/** A name that is not there may be registered any minute; what is there changes more slowly. */
const LIFETIME_MS = { there: 60 * MINUTE_MS, missing: 10 * MINUTE_MS } as const;

const VersionRecord = z.strictObject({
  publishedAt: z.string().exactOptional(),
  hasInstallScript: z.boolean().exactOptional(),
  deprecated: z.string().exactOptional(),
  license: z.string().exactOptional(),
  publisher: z.string().exactOptional(),
  attested: z.boolean().exactOptional(),
  provenance: z.enum(["verified", "invalid"]).exactOptional(),
});
const Record = z.strictObject({
  name: z.string(),
  source: z.string(),
  time: z.string(),
  exists: z.boolean(),
  latest: z.string().nullable(),
  versions: z.record(z.string(), VersionRecord),
}) satisfies z.ZodType<PackageRecord>;

/** One registry of an ecosystem, chosen for a package. */
export interface ChosenRegistry {
  /** Its address without credentials: the fact's source, and a part of the key in the cache. */
  readonly source: string;
  /** What else the answer depends on. */
  readonly variant?: string;
  /** Asks it. Throws GateError `registry-failed`. */
  ask(signal: AbortSignal): Promise<Omit<PackageRecord, "source" | "time">>;
}

export interface KeptRegistryOptions {
  readonly ecosystem: string;
  readonly folder: string;
  readonly now: () => number;
  /** Which registry the user's client would ask for a package. Throws GateError `registry-failed`. */
  readonly http: Pick<HttpClient, "prepare">;
  readonly prepare: () => Promise<unknown>;
  readonly choose: (name: string, options: LookUp) => Promise<ChosenRegistry>;
}

/** A registry whose answers are kept on disk; the same name is asked for once at a time. */
export function keptRegistry({
  ecosystem,
  folder,
  now,
  http,
  prepare,
  choose,
}: KeptRegistryOptions): Registry {
  const cache = openRecordCache<PackageRecord>({
    folder,
    schema: Record,
    now,
    lifetime: ({ exists }) => (exists ? LIFETIME_MS.there : LIFETIME_MS.missing),
  });
  const asking = new Map<string, Promise<PackageRecord>>();
  return {
    ecosystem,
    // What went wrong is told by the look-up that needs it.
    prepare: (signal) =>
      unlessAborted(Promise.all([prepare(), http.prepare()]), signal).then(noop, noop),
    async lookUp(name, options) {
      const chosen = await unlessAborted(choose(name, options), options.signal);
      const { source } = chosen;
      const key = [ecosystem, source, name, chosen.variant ?? ""].join(" ");
      const kept = await cache.read(key);
      if (kept !== null || options.keptOnly) return kept;
      const running = asking.get(key);
      if (running !== undefined) return unlessAborted(running, options.signal);
      const asked = chosen.ask(options.signal).then(async (said) => {
        const record = { ...said, source, time: new Date(now()).toISOString() };
        await cache.write(key, record).catch(() => {});
        return record;
      });
      asking.set(key, asked);
      return asked.finally(() => asking.delete(key));
    },
  };
}

function noop(): void {}

/** Waits for a promise no longer than a signal lets it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** An instant in the form that records have, undefined for what is none. */
export function instantOf(text: unknown): string | undefined {
  if (typeof text !== "string" || text.length > 64) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
