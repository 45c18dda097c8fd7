/** What a registry says about one version of a package. */
export interface VersionRecord {
  /** ISO 8601, UTC. */
  readonly publishedAt?: string;
  /** Whether installing it runs code of it on the machine. */
  readonly hasInstallScript?: boolean;
  /** What the publisher says to those who still use it. */
  readonly deprecated?: string;
  /** An SPDX expression, or whatever the publisher wrote in its place. */
  readonly license?: string;
  readonly publisher?: string;
  /** Whether the registry has an attestation of where it was built; left out where it does not tell. */
  readonly attested?: boolean;
  /** What verifying the attestation came to; left out where nobody to believe is configured. */
  readonly provenance?: "verified" | "invalid";
}

/** What a registry says about a package: the part of its answer that the checks need. */
export interface PackageRecord {
  readonly name: string;
  /** The configured registry that answered, without credentials. */
  readonly source: string;
  /** When it was asked: ISO 8601, UTC. */
  readonly time: string;
  readonly exists: boolean;
  readonly latest: string | null;
  readonly versions: Readonly<Record<string, VersionRecord>>;
}

/** A known weakness of a version, or the news that it was made to do harm. */
export interface Advisory {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly isMalicious: boolean;
  /** The first version without it, on the branch that the affected version is on; null where there is none. */
  readonly fixed: string | null;
}

/** A registry's word on one version of a package, or on what a range comes to today. */
export interface PackageFact extends VersionRecord {
  readonly kind: "package";
  /** As asked for: with a version only where the change names exactly one. */
  readonly purl: string;
  readonly source: string;
  readonly time: string;
  /** Whether the registry knows the name. */
  readonly exists: boolean;
  /** The version that is meant: the one asked for, or the newest that the range allows. */
  readonly version?: string;
  /** False where the registry knows the name and not the version. */
  readonly versionExists?: boolean;
  readonly latest?: string;
  /** When the name was first used. */
  readonly firstPublishedAt?: string;
  /** What the registry says of the version that the change replaces. */
  readonly before?: VersionRecord & { readonly version: string };
}

export interface AdvisoriesFact {
  readonly kind: "advisories";
  readonly purl: string;
  readonly source: string;
  readonly time: string;
  readonly advisories: readonly Advisory[];
}

/** A fact that could not be had is a record too. */
export interface UnavailableFact {
  readonly kind: "unavailable";
  /** The package URL that it would have been about. */
  readonly subject: string;
  readonly lacks: "package" | "advisories";
  readonly source: string;
  readonly time: string;
  /** Why, and how to mend it, in a sentence or two. */
  readonly reason: string;
}

/** Something learnt from outside about an input of the change, with source and time. */
export type Fact = PackageFact | AdvisoriesFact | UnavailableFact;
