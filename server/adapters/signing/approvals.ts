import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { SignedApproval } from "../../core/approvals.ts";
import { parseEnvelope, parseJson } from "../../core/attest/envelope.ts";
import { AnyStatement, PREDICATES } from "../../core/attest/statement.ts";
import type { TrustedKey } from "../../core/attest/trusted-keys.ts";
import { addressOf, type Digest } from "../../core/digest.ts";
import type { GitObjectId } from "../../core/edit.ts";
import type { Approvals } from "../../engine/ports.ts";
import { readNote } from "../git/notes.ts";
import { signStatement } from "./sign.ts";
import { verifyEnvelope } from "./verify.ts";

/** Most approvals of one tree that are looked at, and the largest of them in bytes. */
const MOST = 200;
const LARGEST = 64 * 1024;
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u;

/**
 * Approvals in `<state folder>/approvals/<tree>/<address>.json`, and those in the notes of the
 * commit. Where a file lies proves nothing: each is verified each time.
 */
export function openApprovals(stateDir: string, root: string): Approvals {
  const folder = join(stateDir, "approvals");
  return {
    find: async (tree, commit, signal) => {
      const kept = await readKept(join(folder, requireId(tree)));
      const noted = commit === null ? [] : await readNote({ directory: root }, commit, signal);
      const texts = [...kept, ...noted.filter((line) => line.length <= LARGEST)];
      return [...new Set(texts)].filter(isApproval).slice(0, MOST);
    },
    verify: (envelopes, keys, time) =>
      envelopes.flatMap((text) => verifyApproval(text, keys, time)),
    sign: async (tree, statement, signer, signal) => {
      const signed = await signStatement(statement, signer, signal);
      const address = addressOf(signed);
      const envelope = JSON.stringify(signed);
      await keepFile(join(folder, requireId(tree)), address, envelope);
      return { address, envelope };
    },
  };
}

function verifyApproval(
  text: string,
  keys: readonly TrustedKey[],
  time: string,
): readonly SignedApproval[] {
  const parsed = parseEnvelope(text);
  if (parsed === null) return [];
  const address = addressOf(parsed.envelope);
  const result = verifyEnvelope(parsed.envelope, keys, time);
  if (result.holds) {
    const { statement, signers } = result.verified;
    return signers.map(({ principals, keyId }) => ({ address, statement, principals, keyId }));
  }
  const payload = Buffer.from(parsed.payload).toString("utf8");
  const statement = AnyStatement.safeParse(parseJson(payload)).data;
  return statement === undefined ? [] : [{ address, statement, principals: [], keyId: null }];
}

function isApproval(text: string): boolean {
  const payload = parseEnvelope(text)?.payload;
  const statement = payload && AnyStatement.safeParse(parseJson(Buffer.from(payload).toString()));
  return statement?.data?.predicateType === PREDICATES.approval;
}

async function readKept(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const texts: string[] = [];
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, MOST)) {
    const file = join(folder, name);
    const found = await stat(file).catch(() => null);
    if (!name.endsWith(".json") || !found?.isFile() || found.size > LARGEST) continue;
    texts.push(await readFile(file, "utf8"));
  }
  return texts;
}

async function keepFile(folder: string, address: Digest, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `draft-${randomUUID()}`);
  await writeFile(draft, text, { mode: 0o600, flag: "wx" });
  await rename(draft, join(folder, `${address.slice("sha256:".length)}.json`));
}

function requireId(tree: GitObjectId): GitObjectId {
  if (!OBJECT_ID.test(tree)) throw new TypeError("A tree's id is hexadecimal.");
  return tree;
}
