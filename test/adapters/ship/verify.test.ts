import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openOciDirectory } from "../../../server/adapters/oci/oci-directory.ts";
import { PREDICATES } from "../../../server/core/attest/statement.ts";
import { VERDICT_FIELD } from "../../../server/core/attest/verification.ts";
import { sha256Digest } from "../../../server/core/digest.ts";
import { CYCLONEDX } from "../../../server/core/ship/cyclonedx.ts";
import {
  describe as describeDocument,
  documentOf,
  hexOf,
  MEDIA,
} from "../../../server/core/ship/documents.ts";
import { type AttachedPaper, referrersTag } from "../../../server/core/ship/layout.ts";
import { PROVENANCE } from "../../../server/core/ship/provenance.ts";
import { SPDX } from "../../../server/core/ship/spdx.ts";
import { LINKS } from "../../../server/core/ship/verify/loaded.ts";
import { putSet } from "../../../server/engine/send-shipment.ts";
import {
  type Edit,
  forge,
  type MadeShipment,
  makeShipment,
  makeSigner,
  NAME,
  signAs,
  readStatement,
  trustedKey,
  verify,
} from "./shipment.ts";

const { approval, attribution, runtimeTrace, testResult, verification } = PREDICATES;
type Alter = NonNullable<Parameters<typeof makeShipment>[0]>;

function pathOf({ folder }: MadeShipment, digest: string): string {
  return join(folder, "blobs", "sha256", hexOf(digest));
}

/** Changes one byte of a blob where it lies. */
async function flip(made: MadeShipment, digest: string): Promise<void> {
  const bytes = await readFile(pathOf(made, digest));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(pathOf(made, digest), bytes);
}

function paperOf(made: MadeShipment, predicateType: string): AttachedPaper {
  const found = made.papers.find((paper) => paper.predicateType === predicateType);
  if (found === undefined) throw new Error(`No ${predicateType}.`);
  return found;
}

/** Changes the text of a paper without signing it again. */
function scribble(predicateType: string, change: (text: string) => string): Alter {
  return ({ papers }) =>
    Promise.resolve(
      papers.map((paper) =>
        paper.predicateType === predicateType ? { ...paper, text: change(paper.text) } : paper,
      ),
    );
}

const without =
  (predicateType: string): Alter =>
  ({ papers }) =>
    Promise.resolve(papers.filter((paper) => paper.predicateType !== predicateType));

/** Sets a field of a predicate, by its path. */
function set(path: string, value: unknown): Edit {
  return (predicate) => {
    const keys = path.split("|");
    let at: Record<string, unknown> = predicate;
    for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[keys.at(-1) ?? ""] = value;
  };
}

/** Every harm that is done to a shipment when it is made: which link must name it, and how. */
const FORGERIES: readonly (readonly [string, Alter, (typeof LINKS)[number], RegExp])[] = [
  [
    "a signature is cut",
    scribble(PROVENANCE, (text) => text.replace(/"sig":"..../u, '"sig":"AAAA')),
    "provenance",
    /does not hold/u,
  ],
  [
    "a signed text is changed",
    scribble(verification, (text) => text.replace(/"payload":"ey(.)/u, '"payload":"ey1')),
    "verdict",
    /does not hold/u,
  ],
  ["a paper is no JSON", scribble(CYCLONEDX, () => "not JSON"), "bills", /does not hold/u],
  [
    "the provenance names another commit",
    forge(PROVENANCE, set("buildDefinition|externalParameters|source|gitCommit", "e".repeat(40))),
    "commit",
    /another commit/u,
  ],
  [
    "the provenance names another tree",
    forge(PROVENANCE, set("buildDefinition|externalParameters|source|gitTree", "e".repeat(40))),
    "commit",
    /another tree/u,
  ],
  [
    "the provenance names other layers",
    forge(PROVENANCE, set("buildDefinition|internalParameters|layers", [sha256Digest("x")])),
    "provenance",
    /other layers/u,
  ],
  [
    "the provenance names another base",
    forge(PROVENANCE, set("buildDefinition|externalParameters|base|digest", sha256Digest("x"))),
    "provenance",
    /another base/u,
  ],
  [
    "the provenance names another entry point",
    forge(PROVENANCE, set("buildDefinition|externalParameters|entrypoint", ["/bin/sh"])),
    "provenance",
    /another entry point/u,
  ],
  [
    "the provenance names another builder",
    forge(PROVENANCE, set("runDetails|builder|id", "https://other.example")),
    "provenance",
    /another builder/u,
  ],
  [
    "the provenance is of another image",
    forge(PROVENANCE, (_, { subject }) => subject.splice(0, 1)),
    "provenance",
    /something else/u,
  ],
  [
    "a package is hidden from a bill",
    forge(CYCLONEDX, (predicate) => (predicate["components"] as unknown[]).splice(1, 1)),
    "bills",
    /lacks pkg:npm\/debug/u,
  ],
  [
    "a package is hidden from the other bill",
    forge(SPDX, (predicate) => (predicate["packages"] as unknown[]).splice(2, 1)),
    "bills",
    /SPDX bill lacks/u,
  ],
  ["the tests failed", forge(testResult, set("result", "FAILED")), "runs", /tests failed/u],
  [
    "the tests ran on another tree",
    forge(testResult, set("configuration|0|digest|gitTree", "e".repeat(40))),
    "runs",
    /another tree/u,
  ],
  [
    "the trace is another one",
    forge(runtimeTrace, set("monitorLog|network", [{ kind: "lookup" }]), false),
    "runs",
    /not the one/u,
  ],
  [
    "the attribution is of another change",
    forge(attribution, set("change", sha256Digest("x"))),
    "change",
    /another change/u,
  ],
  [
    "the attribution has another base",
    forge(attribution, set("base", "e".repeat(40))),
    "change",
    /another base/u,
  ],
  [
    "an assistant's lines are moved to a person",
    forge(attribution, set("sessions|0|lines", 0)),
    "sessions",
    /do not add up/u,
  ],
  [
    "the approval is of another tree",
    forge(
      approval,
      (_, statement) =>
        (statement.subject = [{ name: "tree", digest: { gitTree: "e".repeat(40) } }]),
    ),
    "approvals",
    /something else/u,
  ],
  [
    "the approval is under another policy",
    forge(approval, set("policy|digest|sha256", "e".repeat(64))),
    "approvals",
    /another policy/u,
  ],
  [
    "the approval is of another change",
    forge(approval, set("change", sha256Digest("x"))),
    "approvals",
    /another change/u,
  ],
  ["the approval is gone", without(approval), "verdict", /1 of the 7 papers .* gone/u],
  ["the test result is gone", without(testResult), "verdict", /gone/u],
  [
    "the verdict failed",
    forge(verification, set("verificationResult", "FAILED")),
    "verdict",
    /verdict is/u,
  ],
  [
    "the verdict is unproven",
    forge(verification, set(`${VERDICT_FIELD}|status`, "unproven")),
    "verdict",
    /verdict is unproven/u,
  ],
  [
    "the verdict is another verifier's",
    forge(verification, set("verifier|id", "https://other.example")),
    "verdict",
    /another verifier/u,
  ],
  [
    "the verdict is of another image",
    forge(verification, set("resourceUri", "registry.example/other")),
    "verdict",
    /made for registry\.example\/other/u,
  ],
  [
    "the verdict lacks a level",
    forge(verification, set("verifiedLevels", ["ORG_SOURCE_SHIPGATE_PASS"])),
    "verdict",
    /does not reach ORG_SOURCE_SHIPGATE_RUN/u,
  ],
  [
    "a paper is about another commit",
    forge(testResult, (_, { subject }) => {
      for (const { digest } of subject)
        if (digest["gitCommit"]) digest["gitCommit"] = "e".repeat(40);
    }),
    "commit",
    /test result is about another commit/u,
  ],
  [
    "a paper of another kind is passed off as provenance",
    ({ papers }) =>
      Promise.resolve(
        papers.map((paper) =>
          paper.predicateType === CYCLONEDX ? { ...paper, predicateType: PROVENANCE } : paper,
        ),
      ),
    "provenance",
    /listed as provenance/u,
  ],
];

describe("verifyShipment", () => {
  test("proves every link of an honest shipment, and says by whom", async () => {
    const verified = await verify(await makeShipment(), {
      require: ["run", "attribution", "approval"],
    });
    expect(verified.links.map(({ name, status, says }) => [name, status, says])).toEqual(
      LINKS.map((name) => [name, "proven", expect.anything()]),
    );
    expect(verified.status).toBe("pass");
    const by = new Map(verified.links.map((link) => [link.name, link.by]));
    expect(by.get("approvals")).toEqual(["ada"]);
    expect(by.get("verdict")).toEqual(["shipper"]);
  });

  test("gives the same image and index for the same plan, and other signatures for another key", async () => {
    const [first, second] = [await makeShipment(), await makeShipment()];
    expect(second.built.index.root).toEqual(first.built.index.root);
    expect(second.papers).not.toEqual(first.papers);
  });

  test("names the sessions and how many lines are theirs", async () => {
    const { links } = await verify(await makeShipment());
    const sessions = links.find(({ name }) => name === "sessions");
    expect(sessions?.says[0]).toBe("5 of 5 lines by claude-code (m-1) in session s-1.");
  });

  test.for(FORGERIES)("finds that %s", async ([, alter, link, message]) => {
    const { links, status } = await verify(await makeShipment(alter));
    const found = links.find(({ name }) => name === link);
    expect(found?.says.join(" ")).toMatch(message);
    expect(found).toMatchObject({ status: "broken", by: [] });
    expect(status).toBe("fail");
  });

  test.for([
    [
      "layer",
      ({ built }: MadeShipment) => built.layers[1]?.digest ?? "",
      /layer .* other content/u,
    ],
    [
      "configuration",
      ({ built }: MadeShipment) => built.image.config.digest,
      /does not have the content/u,
    ],
    [
      "manifest",
      ({ built }: MadeShipment) => built.image.manifest.digest,
      /does not have the content/u,
    ],
    ["index", ({ built }: MadeShipment) => built.index.root.digest, /does not have the content/u],
    [
      "paper",
      (made: MadeShipment) => sha256Digest(paperOf(made, PROVENANCE).text),
      /does not have the content/u,
    ],
  ] as const)("finds a changed byte of the %s", async ([, digestOf, message]) => {
    const made = await makeShipment();
    await flip(made, digestOf(made));
    const { links, status } = await verify(made);
    expect(links[0]).toMatchObject({ name: "image", status: "broken" });
    expect(links[0]?.says.join(" ")).toMatch(message);
    expect(status).toBe("fail");
  });

  test("finds a layer that is gone", async () => {
    const made = await makeShipment();
    await rm(pathOf(made, made.built.layers[0]?.digest ?? ""));
    expect((await verify(made)).links[0]).toMatchObject({
      status: "broken",
      says: [expect.stringMatching(/layer .* missing/u)],
    });
  });

  test("finds another image under the tag, with the papers of the honest one", async () => {
    const made = await makeShipment();
    const store = openOciDirectory(made.folder);
    const { image } = made.built;
    const config = JSON.parse(image.config.text);
    config.config.Entrypoint = ["/usr/bin/node", "-e", "steal()"];
    const evilConfig = documentOf(MEDIA.config, config);
    const manifest = { ...JSON.parse(image.manifest.text), config: describeDocument(evilConfig) };
    const evil = documentOf(MEDIA.manifest, manifest);
    await putSet(store, { root: evil, manifests: [], blobs: [evilConfig] }, "1.3.0");
    expect(await verify(made)).toMatchObject({ status: "unproven" });
    const referrers = await store.getManifest(referrersTag(image.manifest.digest));
    await store.putManifest(
      documentOf(MEDIA.index, JSON.parse(referrers?.text ?? "")),
      referrersTag(evil.digest),
    );
    const verified = await verify(made);
    expect(verified.links[0]?.says.join(" ")).toMatch(/refers to another image/u);
    expect(verified.status).toBe("fail");
  });

  test("finds a statement beside the image that nobody signed", async () => {
    const made = await makeShipment();
    const store = openOciDirectory(made.folder);
    const { root, manifests } = made.built.index;
    const attestation = JSON.parse(manifests[1]?.text ?? "");
    const forged = documentOf(MEDIA.statement, { predicate: "nothing to see" });
    attestation.layers[0] = { ...attestation.layers[0], ...describeDocument(forged) };
    const evil = documentOf(MEDIA.manifest, attestation);
    const index = JSON.parse(root.text);
    index.manifests[1] = { ...index.manifests[1], ...describeDocument(evil) };
    await putSet(
      store,
      { root: documentOf(MEDIA.index, index), manifests: [evil], blobs: [forged] },
      "1.3.0",
    );
    const { links, status } = await verify(made);
    expect(links[0]?.says.join(" ")).toMatch(
      /beside the image .* not one that a trusted key signed/u,
    );
    expect(status).toBe("fail");
  });

  test("does not take papers that a stranger signed", async () => {
    const stranger = await makeSigner();
    const made = await makeShipment(async ({ papers }) =>
      Promise.all(
        papers.map(async (paper) =>
          paper.predicateType === attribution
            ? { ...paper, text: await signAs(readStatement(paper), stranger) }
            : paper,
        ),
      ),
    );
    const { links } = await verify(made);
    expect(links.find(({ name }) => name === "change")).toMatchObject({
      status: "broken",
      says: [expect.stringMatching(/does not hold/u)],
    });
  });

  test("is unproven, and no pass, where papers are missing", async () => {
    const none = await makeShipment(() => Promise.resolve([]));
    const { links, status } = await verify(none);
    expect(links.find(({ name }) => name === "verdict")).toMatchObject({ status: "missing" });
    // What lies beside the image for Docker is then signed by nobody, which breaks it.
    expect(status).toBe("fail");
    const silent = await makeShipment(without(verification));
    expect(await verify(silent)).toMatchObject({ status: "unproven" });
  });

  test("is unproven without keys, and for approvals by keys that were not given", async () => {
    const made = await makeShipment();
    expect(await verify(made, { keys: [] })).toMatchObject({ status: "unproven" });
    const { links, status } = await verify(made, { keys: [trustedKey(made.signer, "shipper")] });
    expect(links.find(({ name }) => name === "approvals")).toMatchObject({ status: "missing" });
    expect(status).toBe("unproven");
  });

  test("asks for approvals only where somebody does", async () => {
    const alter: Alter = async (made) => {
      const kept = await without(approval)(made);
      const drop = forge(verification, (predicate) => {
        const inputs = predicate["inputAttestations"] as unknown[];
        inputs.pop();
        set("verifiedLevels", ["ORG_SOURCE_SHIPGATE_PASS", "ORG_SOURCE_SHIPGATE_RUN"])(
          predicate,
          undefined as never,
        );
      });
      return drop({ ...made, papers: kept });
    };
    const made = await makeShipment(alter);
    const relaxed = await verify(made);
    expect(relaxed.links.find(({ name }) => name === "approvals")).toMatchObject({
      status: "absent",
    });
    expect(relaxed.status).toBe("pass");
    const strict = await verify(made, { require: ["run", "approval"] });
    expect(strict.links.find(({ name }) => name === "approvals")).toMatchObject({
      status: "missing",
    });
    expect(strict.links.find(({ name }) => name === "verdict")).toMatchObject({ status: "broken" });
  });

  test("compares the name only where one is asked for", async () => {
    const made = await makeShipment();
    expect(await verify(made, { resourceUri: null })).toMatchObject({ status: "pass" });
    expect(await verify(made, { resourceUri: `${NAME}-other` })).toMatchObject({ status: "fail" });
  });

  test("says that there is no such image", async () => {
    const made = await makeShipment();
    await writeFile(join(made.folder, "index.json"), '{"schemaVersion":2,"manifests":[]}');
    await expect(verify(made)).rejects.toMatchObject({ code: "bad-input" });
  });
});
