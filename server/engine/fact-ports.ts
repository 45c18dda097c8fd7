import type { Fact, PackageRecord } from "../core/fact.ts";
import type { RepoPath } from "../core/location.ts";

/** How long and how far facts are looked for. */
export interface LookUp {
  /** Only what is kept on this machine: nothing is asked. */
  readonly keptOnly: boolean;
  /** A file of the merge base, null where there is none: a project may choose its registries. */
  readonly project?: (path: RepoPath) => string | null;
  /** Versions that are asked about, for registries that tell of each one by itself. */
  readonly versions?: readonly string[];
  readonly signal: AbortSignal;
}

/** A package registry as the user's own client is configured to reach it. */
export interface Registry {
  /** The purl type that it answers for. */
  readonly ecosystem: string;
  /** Learns how the user's client is configured, which may mean to ask it. Never throws. */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * What it says of a package; null where nothing fresh is kept and only that was asked for.
   * Throws GateError `registry-failed`: not configured, not reachable, or no answer that can be read.
   */
  lookUp(name: string, options: LookUp): Promise<PackageRecord | null>;
}

/** Known weaknesses of packages, from the place that policy or the user names. */
export interface Advisories {
  /** Facts about package URLs with versions, in any order; what could not be had is one too. */
  find(
    purls: readonly string[],
    place: string | null,
    options: LookUp & { readonly time: string },
  ): Promise<readonly Fact[]>;
}

/** Where facts come from. */
export interface FactSources {
  readonly registries: readonly Registry[];
  readonly advisories: Advisories;
}
