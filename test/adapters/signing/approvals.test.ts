import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openApprovals } from "../../../server/adapters/signing/approvals.ts";
import { createKey, openKey } from "../../../server/adapters/signing/key-file.ts";
import { judgeApprovals } from "../../../server/core/approvals.ts";
import { approvalStatement } from "../../../server/core/attest/approval.ts";
import { fakeReview } from "../../fakes/review.ts";
import { makeFolder, makeRepository } from "../scratch-repository.ts";
import { NOW, signal, trusted } from "./keys.ts";

const review = fakeReview();
const { tree } = review.change.head;
const rules = { count: 1, by: null, notAuthor: false };
const terms = { tree, policy: review.policy.hash, rules, authors: [] };

async function approved() {
  const { root } = makeRepository();
  const stateDir = makeFolder();
  const file = join(makeFolder(), "key.pem");
  const key = trusted(await createKey("ed25519", { file, passphrase: null }));
  const approvals = openApprovals(stateDir, root);
  const statement = approvalStatement(review, { reason: "I have looked", time: NOW });
  await approvals.sign(tree, statement, await openKey(file, null), signal);
  const folder = join(stateDir, "approvals", tree);
  const [name = ""] = await readdir(folder);
  const judge = async () => {
    const found = await approvals.find(tree, null, signal);
    return judgeApprovals(approvals.verify(found, [key], NOW), terms);
  };
  return { place: join(folder, name), approvals, judge };
}

interface Statement {
  _type: string;
  subject: unknown;
  predicateType: string;
  predicate: Record<string, unknown>;
}
interface Envelope {
  payload: string;
  payloadType: string;
  signatures: { keyid?: string; sig: string }[];
}

describe("openApprovals", () => {
  test("an approval that was kept counts when it is found again", async () => {
    const { judge } = await approved();
    expect(await judge()).toMatchObject({ enough: true, views: [{ by: "ada@shop.example" }] });
  });

  test.for<[string, (statement: Statement) => void]>([
    ["type", (it) => void Object.assign(it, { _type: "https://in-toto.io/Statement/v0.1" })],
    [
      "subject",
      (it) => void (it.subject = [{ name: "tree", digest: { gitTree: "0".repeat(40) } }]),
    ],
    ["subject's name", (it) => void (it.subject = [{ name: "t", digest: { gitTree: tree } }])],
    ["predicate's type", (it) => void (it.predicateType = "https://other.example")],
    ["policy", (it) => void (it.predicate["policy"] = { digest: { sha256: "0".repeat(64) } })],
    ["change", (it) => void (it.predicate["change"] = "another")],
    ["base", (it) => void (it.predicate["base"] = "another")],
    ["reason", (it) => void (it.predicate["reason"] = "Another")],
    ["time", (it) => void (it.predicate["time"] = "2020-01-01T00:00:00.000Z")],
    ["status seen", (it) => void (it.predicate["seen"] = { status: "pass", score: 1 })],
    ["key order, a change of no meaning,", (it) => void (it.predicate = { ...it.predicate })],
  ])("a change of the statement's %s voids the approval", async ([, tamper]) => {
    const { place, judge } = await approved();
    const envelope: Envelope = JSON.parse(await readFile(place, "utf8"));
    const statement: Statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString());
    tamper(statement);
    envelope.payload = Buffer.from(`${JSON.stringify(statement)} `).toString("base64");
    await writeFile(place, JSON.stringify(envelope));
    expect((await judge()).enough).toBe(false);
  });

  test.for<[string, (envelope: Envelope) => void]>([
    ["signature", (it) => void (it.signatures = [{ sig: Buffer.alloc(64).toString("base64") }])],
    ["list of signatures", (it) => void (it.signatures = [])],
    ["payload type", (it) => void (it.payloadType = "text/plain")],
    ["payload", (it) => void (it.payload = "")],
  ])("a change of the envelope's %s voids the approval", async ([, tamper]) => {
    const { place, judge } = await approved();
    const envelope: Envelope = JSON.parse(await readFile(place, "utf8"));
    tamper(envelope);
    await writeFile(place, JSON.stringify(envelope));
    expect((await judge()).enough).toBe(false);
  });

  test.for(["", "{", "null", "[]", "x".repeat(100_000)])(
    "a file that holds %.10s is passed over",
    async (text) => {
      const { place, judge } = await approved();
      await writeFile(join(place, "..", "0.json"), text);
      expect(await judge()).toMatchObject({ enough: true, views: [{}] });
    },
  );

  test("a tree's name never leads out of the folder", async () => {
    const { approvals } = await approved();
    await expect(approvals.find("../../..", null, signal)).rejects.toThrow(TypeError);
  });
});
