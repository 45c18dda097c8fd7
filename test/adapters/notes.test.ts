import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { addToNote, NOTES_REF } from "../../server/adapters/git/notes.ts";
import { createKey, openKey } from "../../server/adapters/signing/key-file.ts";
import type { PublicKey } from "../../server/core/attest/trusted-keys.ts";
import { readStatements } from "../../server/engine/note-statements.ts";
import { findCommit, type NoteContext, writeNote } from "../../server/engine/notes.ts";
import type { Signer } from "../../server/engine/ports.ts";
import { openGate } from "../../server/wire.ts";
import { silentLog } from "../fakes/ports.ts";
import {
  makeFolder,
  makeRepository,
  scratch,
  type ScratchRepository,
} from "./scratch-repository.ts";

const signal = new AbortController().signal;
const CLAUDE = { agent: "claude-code", session: "s-1", model: "m-1" };

async function contextOf(root: string): Promise<NoteContext> {
  const { ports, session } = await openGate(root, { log: silentLog });
  return { ports, session, version: "1.0.0", signal };
}

async function makeSigner(): Promise<Signer> {
  const file = join(makeFolder(), "key.pem");
  await createKey("ed25519", { file, passphrase: null });
  return openKey(file, null);
}

function listed({ type, blob }: PublicKey): string {
  return `ada@shop.example ${type} ${blob}\n`;
}

/** A repository whose base lists a signer, and a branch on which Claude writes. */
async function makePlace() {
  const signer = await makeSigner();
  const repository = makeRepository();
  repository.git("config", "user.name", "Ada");
  repository.git("config", "user.email", "ada@shop.example");
  repository.write(".shipgate/allowed-signers", listed(signer.publicKey));
  repository.write("a.txt", "base\n");
  repository.commitAll("Base");
  repository.git("switch", "-q", "-c", "feature");
  const context = await contextOf(repository.root);
  return { repository, signer, context };
}

/** Claude appends lines to the file, as its hook reports, and commits. */
async function claudeWrites(
  { repository, context }: { repository: ScratchRepository; context: NoteContext },
  text: string,
  before: string,
): Promise<string> {
  const keep = (content: string) => context.ports.repository.keepBlob(Buffer.from(content));
  repository.write("a.txt", text);
  await context.ports.journal.append({
    kind: "edit",
    edit: {
      path: "a.txt",
      before: await keep(before),
      after: await keep(text),
      time: "2026-06-01T12:00:00.000Z",
      attribution: { kind: "ai", by: CLAUDE, source: "hook", confidence: "proven" },
      origin: `edit ${text.length}`,
    },
  });
  return repository.commitAll("Claude writes");
}

/** Another clone with the notes, where no journal knows anything. */
async function cloneOf(repository: ScratchRepository) {
  const root = join(makeFolder(), "clone");
  repository.git("clone", "-q", repository.root, root);
  const clone = scratch(root);
  clone.git("fetch", "-q", "origin", `${NOTES_REF}:${NOTES_REF}`);
  clone.git("switch", "-q", "feature");
  return { clone, context: await contextOf(root) };
}

describe("writeNote", () => {
  test("signs verdict and authors, which a fresh clone verifies", async () => {
    const place = await makePlace();
    const commit = await claudeWrites(place, "base\none\ntwo\n", "base\n");
    const written = await writeNote(place.context, { commit, from: [], signer: place.signer });
    expect(written).toMatchObject({ lines: { added: 2, ai: 2, unknown: 0 }, approvals: 0 });
    const { context } = await cloneOf(place.repository);
    const statements = await readStatements(context, commit);
    expect(statements).toMatchObject([
      { kind: "verification", state: "holds", by: "ada@shop.example" },
      {
        kind: "attribution",
        state: "holds",
        says: "2 lines, 2 by assistants (claude-code), 0 unknown",
      },
    ]);
  });

  test("a key that the base does not list proves nothing, whoever adds it in the change", async () => {
    const { repository, context } = await makePlace();
    const eve = await makeSigner();
    repository.write(".shipgate/allowed-signers", listed(eve.publicKey));
    const commit = repository.commitAll("Let me in");
    await writeNote(context, { commit, from: [], signer: eve });
    const statements = await readStatements(context, commit);
    expect(statements.map(({ state, by }) => [state, by])).toEqual([
      ["refused", null],
      ["refused", null],
    ]);
  });

  test("works on the default branch, and says why it cannot on a first commit", async () => {
    const { repository, context, signer } = await makePlace();
    repository.git("switch", "-q", "main");
    const root = repository.git("rev-parse", "HEAD");
    repository.write("b.txt", "b\n");
    const commit = repository.commitAll("On main");
    await writeNote(context, { commit, from: [], signer });
    expect(await readStatements(context, commit)).toHaveLength(2);
    const refused = writeNote(context, { commit: root, from: [], signer });
    await expect(refused).rejects.toMatchObject({ code: "bad-usage" });
  });

  test("leaves branches, index and working tree alone", async () => {
    const place = await makePlace();
    const commit = await claudeWrites(place, "base\none\n", "base\n");
    place.repository.write("loose.txt", "not committed\n");
    const state = () => [
      place.repository.git("for-each-ref", "refs/heads", "refs/tags"),
      place.repository.git("status", "--porcelain=v2"),
    ];
    const before = state();
    await writeNote(place.context, { commit, from: [], signer: place.signer });
    expect(state()).toEqual(before);
    expect(place.repository.git("for-each-ref", "refs/notes")).toContain(NOTES_REF);
  });
});

describe("a review in a clone without a journal", () => {
  async function authorsOf(context: NoteContext): Promise<readonly string[]> {
    const selection = { base: "origin/main" };
    const { change } = await context.session.review({ selection, sandbox: "cached", signal });
    return change.files.flatMap(({ lines }) => lines.map(({ attribution }) => attribution.kind));
  }

  test("knows the authors that signed notes name, through later edits", async () => {
    const place = await makePlace();
    const commit = await claudeWrites(place, "base\none\ntwo\n", "base\n");
    await writeNote(place.context, { commit, from: [], signer: place.signer });
    const { clone, context } = await cloneOf(place.repository);
    expect(await authorsOf(context)).toEqual(["ai"]);
    clone.write("a.txt", "base\nby hand\none\ntwo\n");
    expect(await authorsOf(context)).toEqual(["unknown", "ai"]);
    clone.git("update-ref", "-d", NOTES_REF);
    expect(await authorsOf(context)).toEqual(["unknown"]);
  });

  test("believes no key that the base does not list", async () => {
    const place = await makePlace();
    const commit = await claudeWrites(place, "base\none\n", "base\n");
    await writeNote(place.context, { commit, from: [], signer: await makeSigner() });
    const { context } = await cloneOf(place.repository);
    expect(await authorsOf(context)).toEqual(["unknown"]);
  });
});

describe("carry-over", () => {
  test("amend in a clone without a journal keeps the authors of what is still there", async () => {
    const place = await makePlace();
    const old = await claudeWrites(place, "base\none\ntwo\n", "base\n");
    await writeNote(place.context, { commit: old, from: [], signer: place.signer });
    const { clone, context } = await cloneOf(place.repository);
    clone.write("a.txt", "base\none\ntwo\nby hand\n");
    clone.git("commit", "-q", "-a", "--amend", "-m", "Amended");
    const commit = await findCommit(context, "HEAD");
    const request = { commit, from: [old], signer: place.signer };
    expect((await writeNote(context, request)).lines).toEqual({ added: 3, ai: 2, unknown: 1 });
    expect((await readStatements(context, commit)).map(({ state }) => state)).toEqual([
      "holds",
      "holds",
    ]);
  });

  test("squash merge and cherry-pick keep the authors", async () => {
    const place = await makePlace();
    const first = await claudeWrites(place, "base\none\n", "base\n");
    const second = await claudeWrites(place, "base\none\ntwo\nthree\n", "base\none\n");
    for (const commit of [first, second]) {
      await writeNote(place.context, { commit, from: [], signer: place.signer });
    }
    const { clone, context } = await cloneOf(place.repository);
    const { signer } = place;
    const linesOf = async (from: readonly string[]) =>
      (await writeNote(context, { commit: await findCommit(context, "HEAD"), from, signer })).lines;
    clone.git("switch", "-q", "-c", "squashed", "origin/main");
    clone.git("merge", "-q", "--squash", "origin/feature");
    clone.commitAll("Squashed");
    expect(await linesOf([first, second])).toEqual({ added: 3, ai: 3, unknown: 0 });
    clone.git("switch", "-q", "-c", "picked", "origin/main");
    clone.write("other.txt", "x\n");
    clone.commitAll("Elsewhere");
    clone.git("cherry-pick", first);
    expect(await linesOf([first])).toEqual({ added: 1, ai: 1, unknown: 0 });
  });

  test("a note that git copied blindly to another commit does not hold there", async () => {
    const place = await makePlace();
    const old = await claudeWrites(place, "base\none\n", "base\n");
    await writeNote(place.context, { commit: old, from: [], signer: place.signer });
    place.repository.write("a.txt", "base\nby hand\n");
    const other = place.repository.commitAll("Another");
    place.repository.git("notes", `--ref=${NOTES_REF}`, "copy", old, other);
    const statements = await readStatements(place.context, other);
    expect(statements).toHaveLength(2);
    expect(statements.every(({ state }) => state === "refused")).toBe(true);
    const signer = place.signer;
    const { lines } = await writeNote(place.context, { commit: other, from: [other], signer });
    expect(lines).toMatchObject({ ai: 0 });
  });

  test("authors that somebody without a listed key states are not carried", async () => {
    const place = await makePlace();
    const old = await claudeWrites(place, "base\none\n", "base\n");
    await writeNote(place.context, { commit: old, from: [], signer: await makeSigner() });
    const { clone, context } = await cloneOf(place.repository);
    clone.git("commit", "-q", "--amend", "-m", "Amended");
    const commit = await findCommit(context, "HEAD");
    const { lines } = await writeNote(context, { commit, from: [old], signer: place.signer });
    expect(lines).toEqual({ added: 1, ai: 0, unknown: 1 });
  });
});

describe("addToNote", () => {
  test("keeps every line of many writers at once, each once", async () => {
    const { repository, context } = await makePlace();
    const commit = repository.commitAll("Noted");
    const place = context.ports.repository;
    const all = Array.from({ length: 8 }, (_, at) => `line ${at}`);
    await Promise.all([...all, ...all].map((line) => addToNote(place, commit, [line], signal)));
    expect((await context.ports.notes.read(commit, signal)).toSorted()).toEqual(all);
  });

  test("a note with anything in it shows as what it is", async () => {
    const { repository, context } = await makePlace();
    const commit = repository.commitAll("Noted");
    const hostile = ["hello", "{}", "\u001B[31mred", JSON.stringify({ payloadType: "x" })];
    const input = `${hostile.join("\n")}\n`;
    execFileSync("git", ["notes", `--ref=${NOTES_REF}`, "add", "-F", "-", commit], {
      cwd: repository.root,
      input,
    });
    const statements = await readStatements(context, commit);
    expect(statements).toHaveLength(4);
    expect(statements.every(({ state }) => state === "refused")).toBe(true);
  });

  test("a note that is too large is refused and read as none", async () => {
    const { repository, context } = await makePlace();
    const commit = repository.commitAll("Noted");
    const place = context.ports.repository;
    const huge = "x".repeat(33 * 1024 * 1024);
    await expect(addToNote(place, commit, [huge], signal)).rejects.toMatchObject({
      code: "bad-input",
    });
    expect(await context.ports.notes.read(commit, signal)).toEqual([]);
  });
});
