import type { SignedApproval } from "../../server/core/approvals.ts";
import { addedRanges, diffLines, removedCount, splitLines } from "../../server/core/diff.ts";
import { addressOf, type Digest, sha256Digest } from "../../server/core/digest.ts";
import type { RunRecord } from "../../server/core/run.ts";
import type {
  Approvals,
  Journal,
  JournalEntry,
  Log,
  Notes,
  RawChange,
  Repository,
  RunCache,
  RunPair,
} from "../../server/engine/ports.ts";

type Files = Readonly<Record<string, string>>;

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

const idOf = (content: string): string => sha256Digest(content).slice("sha256:".length);

/** A repository in memory: two trees, and the change between them. */
export function fakeRepository(base: Files, head: Files): Repository {
  const trees = new Map([base, head].map((files) => [idOf(JSON.stringify(files)), files]));
  const texts = new Map(
    [...trees.values()].flatMap((files) => Object.values(files)).map((text) => [idOf(text), text]),
  );
  const entries = (tree: string) =>
    Object.entries(trees.get(tree) ?? {}).map(([path, text]) => ({
      path,
      mode: "100644",
      blob: idOf(text),
      size: text.length,
    }));
  return {
    root: "/fake",
    stateDir: "/fake/.git/shipgate",
    readChange: () => Promise.resolve(changeBetween(base, head)),
    readTexts: (blobs) =>
      Promise.resolve(
        new Map([...blobs].flatMap((id) => (texts.has(id) ? [[id, texts.get(id) ?? ""]] : []))),
      ),
    listTree: (tree) => Promise.resolve(entries(tree)),
    findInTree: (tree, paths) =>
      Promise.resolve(entries(tree).filter(({ path }) => paths.includes(path))),
    readBlobs: async function* (blobs) {
      for (const blob of blobs) yield { blob, content: Buffer.from(texts.get(blob) ?? "") };
    },
    readAuthors: () => Promise.resolve(["author@shop.example"]),
    keepBlob: (content) => Promise.resolve(idOf(Buffer.from(content).toString())),
  };
}

function changeBetween(base: Files, head: Files): RawChange {
  const paths = new Set([...Object.keys(base), ...Object.keys(head)]);
  const version = (path: string, text: string | undefined) =>
    text === undefined ? null : { path, blob: idOf(text), mode: "100644" };
  const files = [...paths]
    .filter((path) => base[path] !== head[path])
    .map((path) => {
      const hunks = diffLines(splitLines(base[path] ?? ""), splitLines(head[path] ?? ""));
      const [addedLines, removedLineCount] = [addedRanges(hunks), removedCount(hunks)];
      const before = version(path, base[path]);
      const after = version(path, head[path]);
      const status = before ? (after ? "modified" : "deleted") : "added";
      return { path, status, before, after, opaque: false, addedLines, removedLineCount } as const;
    });
  return {
    base: { commit: "b".repeat(40), tree: idOf(JSON.stringify(base)) },
    head: { kind: "working-tree", commit: "b".repeat(40), tree: idOf(JSON.stringify(head)) },
    branch: "feature",
    files,
  };
}

/** A journal in memory. */
export function fakeJournal(): Journal {
  const entries: { address: Digest; entry: JournalEntry }[] = [];
  return {
    append: (body) => {
      const previous = entries.at(-1)?.address ?? null;
      const time = "2026-06-01T12:00:00.000Z";
      const entry = { schemaVersion: 1, sequence: entries.length, previous, time, body } as const;
      const address = addressOf(entry);
      entries.push({ address, entry });
      return Promise.resolve(address);
    },
    read: () => Promise.resolve([...entries]),
  };
}

/** Approvals that are taken at their word: as if each were signed by a key of the named person. */
export function fakeApprovals(
  ...given: readonly (Omit<SignedApproval, "address" | "keyId"> & { readonly keyId?: string })[]
): Approvals {
  const signed = given.map(({ statement, principals, keyId = principals[0] ?? null }) => ({
    address: addressOf({ statement, principals, keyId }),
    statement,
    principals,
    keyId,
  }));
  return {
    find: () => Promise.resolve(signed.map((each) => each.address)),
    verify: (envelopes) => signed.filter(({ address }) => envelopes.includes(address)),
    sign: () => Promise.reject(new Error("not asked for")),
  };
}

/** A repository without notes. */
export const noNotes: Notes = {
  read: () => Promise.resolve([]),
  readRange: () => Promise.resolve([]),
  add: () => Promise.reject(new Error("not asked for")),
  sign: () => Promise.reject(new Error("not asked for")),
  verify: () => ({ holds: false, reason: "there is none" }),
};

/** A cache of runs in memory. */
export function fakeRunCache(): RunCache {
  const records = new Map<Digest, RunRecord>();
  const pairs = new Map<Digest, RunPair>();
  return {
    read: (key) => Promise.resolve(records.get(key) ?? null),
    write: (record) => Promise.resolve(void records.set(record.key, record)),
    readPair: (plan) => Promise.resolve(pairs.get(plan) ?? null),
    writePair: (plan, pair) => Promise.resolve(void pairs.set(plan, pair)),
  };
}
