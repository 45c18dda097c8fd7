import type { SignedApproval } from "../core/approvals.ts";
import type { ApprovalStatement } from "../core/attest/approval.ts";
import type { AnyStatement } from "../core/attest/statement.ts";
import type { PublicKey, TrustedKey } from "../core/attest/trusted-keys.ts";
import type { ChangedFile, ChangeEnds } from "../core/change.ts";
import type { Digest } from "../core/digest.ts";
import type { Edit, GitObjectId } from "../core/edit.ts";
import type { RepoPath } from "../core/location.ts";
import type { Isolation, RunRecord, RunRequest } from "../core/run.ts";
import type { FactSources } from "./fact-ports.ts";

/** Says how far a long piece of work is: a short sentence, and a share between 0 and 1 where it is known. */
export type Progress = (message: string, share?: number) => void;

export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Clock {
  /** ISO 8601, UTC, milliseconds. */
  now(): string;
}

/** Which change is asked for. Left out: the working tree against the merge base with the default branch. */
export interface ChangeSelection {
  /** A revision to take the merge base with. */
  readonly base?: string;
  /** A revision to take as head instead of the working tree. */
  readonly head?: string;
  readonly staged?: boolean;
}

/** What a change is made of before anyone knows who wrote it. */
export interface RawChange extends ChangeEnds {
  readonly branch: string | null;
  readonly files: readonly Omit<ChangedFile, "lines">[];
}

export interface TreeEntry {
  readonly path: RepoPath;
  /** git's octal mode: `100644`, `100755`, `120000` (link), `160000` (submodule). */
  readonly mode: string;
  readonly blob: GitObjectId;
  /** Bytes; 0 for a submodule. */
  readonly size: number;
}

/**
 * A git repository, read without running anything of it: no hooks, no filters of the change, no
 * pager, no prompt. New objects go to Shipgate's own object store, never into the user's.
 */
export interface Repository {
  /** Absolute path of the working tree's root. */
  readonly root: string;
  /** Absolute path of `<git common dir>/shipgate`. */
  readonly stateDir: string;
  /** The change, with hunks. Throws GateError `no-commits`, `no-base`, `git-failed`. */
  readChange(selection: ChangeSelection, signal: AbortSignal): Promise<RawChange>;
  /** Texts of blobs; those that are not text or larger than the limit are missing. */
  readTexts(
    blobs: Iterable<GitObjectId>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<GitObjectId, string>>;
  /** The entries of a tree at exactly these paths; those that are not there are missing. */
  findInTree(
    tree: GitObjectId,
    paths: readonly RepoPath[],
    signal: AbortSignal,
  ): Promise<readonly TreeEntry[]>;
  /** Every file of a tree, in git's order. */
  listTree(tree: GitObjectId, signal: AbortSignal): Promise<readonly TreeEntry[]>;
  /** Content of blobs in the order asked for; a missing one is an error. */
  readBlobs(
    blobs: readonly GitObjectId[],
    signal: AbortSignal,
  ): AsyncIterable<{ readonly blob: GitObjectId; readonly content: Uint8Array }>;
  /** E-mail addresses of who wrote a change, null where that is not known. Git takes people's word for it. */
  readAuthors(ends: ChangeEnds, signal: AbortSignal): Promise<readonly string[] | null>;
  /** Keeps content in Shipgate's object store and gives its git blob id. */
  keepBlob(content: Uint8Array): Promise<GitObjectId>;
}

/** One entry of the journal. Its address is the `previous` of the next one. */
export interface JournalEntry {
  readonly schemaVersion: 1;
  readonly sequence: number;
  readonly previous: Digest | null;
  readonly time: string;
  readonly body: JournalBody;
}

export type JournalBody =
  | { readonly kind: "edit"; readonly edit: Edit }
  | {
      readonly kind: "session";
      readonly event: "start" | "end";
      readonly agent: string;
      readonly session: string;
      readonly model?: string;
    }
  | { readonly kind: "run"; readonly record: Digest }
  | {
      readonly kind: "approval";
      readonly tree: GitObjectId;
      readonly policy: Digest;
      /** Address of the signed envelope. */
      readonly envelope: Digest;
    }
  | {
      readonly kind: "verdict";
      readonly change: Digest;
      readonly status: string;
      readonly score: number;
      /** The branch that it was on, where there was one. */
      readonly branch?: string;
    };

/** The record of what was observed: append-only, hash-chained, shared by every process on the repository. */
export interface Journal {
  append(body: JournalBody): Promise<Digest>;
  /** Every entry with its address. Throws GateError `journal-broken` where the chain does not hold. */
  read(): Promise<readonly { readonly address: Digest; readonly entry: JournalEntry }[]>;
}

/** A cache of records by address. Losing it costs time, never truth: what does not validate is not used. */
export interface RunCache {
  read(key: Digest): Promise<RunRecord | null>;
  write(record: RunRecord): Promise<void>;
  /** The runs of base and head that a plan (engine/runs.ts) led to, so that they are found without an engine. */
  readPair(plan: Digest): Promise<RunPair | null>;
  writePair(plan: Digest, pair: RunPair): Promise<void>;
}

/** The keys of the two runs of one change. */
export interface RunPair {
  readonly base: Digest;
  readonly head: Digest;
}

/** Runs trees in throwaway containers. */
export interface Sandbox {
  /** Makes the image of a recipe, or looks up a pinned one. Throws `no-engine`, `image-failed`. */
  prepareImage(image: string, progress: Progress, signal: AbortSignal): Promise<Digest>;
  /** Makes the dependency layer of a tree; null where it has none. Throws `registry-failed`, `bad-input`. */
  prepareDependencies(
    repository: Repository,
    tree: GitObjectId,
    image: Digest,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Digest | null>;
  /** Runs one request to its end. Never throws for what the program did; throws `no-engine`, `cancelled`. */
  run(
    repository: Repository,
    request: RunRequest,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<RunRecord>;
  /** Which protection this machine can give, proven by trying. */
  probe(signal: AbortSignal): Promise<Isolation>;
  /** Removes what killed processes left behind; gives the number of things removed. */
  sweep(): Promise<number>;
}

/** A private key, wherever it is held. */
export interface Signer {
  readonly publicKey: PublicKey;
  /** `plain`: a bare Ed25519 or ECDSA P-256 signature. `sshsig`: OpenSSH's own form, which sigstore does not read. */
  readonly form: "plain" | "sshsig";
  /** Where the key is held, for people: a file, or `ssh-agent`. */
  readonly origin: string;
  /** Signs bytes. Throws GateError `signing-failed`, `cancelled`. */
  sign(data: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** Signed approvals, kept beside the journal and in the notes of commits. */
export interface Approvals {
  /** The envelopes about a tree, as text, not verified: kept here, and in the note of the commit. */
  find(
    tree: GitObjectId,
    commit: GitObjectId | null,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Who signed each, by the keys of a list and valid at a time. What is no approval is left out. */
  verify(
    envelopes: readonly string[],
    keys: readonly TrustedKey[],
    time: string,
  ): readonly SignedApproval[];
  /** Signs and keeps an approval of a tree. Throws GateError `signing-failed`. */
  sign(
    tree: GitObjectId,
    statement: ApprovalStatement,
    signer: Signer,
    signal: AbortSignal,
  ): Promise<{ readonly address: Digest; readonly envelope: string }>;
}

/** What verifying one line of a note came to. */
export type NoteVerification =
  | {
      readonly holds: true;
      readonly statement: AnyStatement;
      /** The signer's first name in the list of trusted keys. */
      readonly by: string;
    }
  | { readonly holds: false; readonly reason: string };

/** Signed statements in the notes of commits. */
export interface Notes {
  /** The lines of a commit's note, not verified. */
  read(commit: GitObjectId, signal: AbortSignal): Promise<readonly string[]>;
  /** The lines of the notes of all commits of `head` that `base` has not, newest commit first. */
  readRange(
    base: GitObjectId,
    head: GitObjectId,
    signal: AbortSignal,
  ): Promise<readonly { readonly commit: GitObjectId; readonly text: string }[]>;
  /** Adds lines that are signed already, each once. */
  add(commit: GitObjectId, lines: readonly string[], signal: AbortSignal): Promise<void>;
  /** Signs statements and adds them. Throws GateError `signing-failed`. */
  sign(
    commit: GitObjectId,
    statements: readonly AnyStatement[],
    signer: Signer,
    signal: AbortSignal,
  ): Promise<void>;
  /** Checks a line against a list of keys that are valid at a time. Never throws. */
  verify(text: string, keys: readonly TrustedKey[], time: string): NoteVerification;
}

/** Everything that the gate needs from outside. One per workspace folder. */
export interface Ports {
  readonly repository: Repository;
  readonly journal: Journal;
  readonly runs: RunCache;
  readonly approvals: Approvals;
  readonly notes: Notes;
  readonly sandbox: Sandbox;
  /** Left out: no fact can be had, and every one that is asked for is unproven. */
  readonly facts?: FactSources;
  readonly clock: Clock;
  readonly log: Log;
}
