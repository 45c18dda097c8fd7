import { join } from "node:path";

import { openOciDirectory } from "../../../server/adapters/oci/oci-directory.ts";
import { openApprovals } from "../../../server/adapters/signing/approvals.ts";
import { signBundle } from "../../../server/adapters/signing/bundle.ts";
import { verifyPaper } from "../../../server/adapters/signing/consumer-keys.ts";
import { createKey, openKey } from "../../../server/adapters/signing/key-file.ts";
import { signStatement } from "../../../server/adapters/signing/sign.ts";
import { approvalStatement } from "../../../server/core/attest/approval.ts";
import { AnyStatement, PREDICATES } from "../../../server/core/attest/statement.ts";
import type { TrustedKey } from "../../../server/core/attest/trusted-keys.ts";
import { addressOf, sha256Digest } from "../../../server/core/digest.ts";
import type { Review } from "../../../server/core/review.ts";
import { MEDIA } from "../../../server/core/ship/documents.ts";
import type { AttachedPaper } from "../../../server/core/ship/layout.ts";
import type { Expectations } from "../../../server/core/ship/verify/loaded.ts";
import { type BuiltShipment, buildShipment } from "../../../server/engine/build-shipment.ts";
import type { ShipmentPlan } from "../../../server/engine/plan-shipment.ts";
import type { Signer } from "../../../server/engine/ports.ts";
import { sendShipment, signPapers } from "../../../server/engine/send-shipment.ts";
import type { Shipyard } from "../../../server/engine/ship-ports.ts";
import { type VerifiedShipment, verifyShipment } from "../../../server/engine/verify-shipment.ts";
import { fakeReview, fakeRun } from "../../fakes/review.ts";
import { makeFolder } from "../scratch-repository.ts";

export const signal = new AbortController().signal;
export const NAME = "registry.example/shop/order-export";
const NOW = "2026-06-01T12:00:00.000Z";
const hash = (text: string) => `sha512-${Buffer.from(text.padEnd(64, ".")).toString("base64")}`;
const contents = new Map<string, Buffer>();

function layer(holds: string) {
  const content = Buffer.from(`the content of ${holds}`.repeat(50));
  const digest = sha256Digest(content);
  contents.set(digest, content);
  return { digest, size: content.length, holds };
}

/** A key that can sign bundles. */
export async function makeSigner(): Promise<Signer> {
  const file = join(makeFolder(), "key.pem");
  await createKey("ed25519", { file, passphrase: null });
  return openKey(file, null);
}

export function trustedKey({ publicKey }: Signer, name: string): TrustedKey {
  return { ...publicKey, principals: [name] };
}

const yard: Shipyard = {
  readHead: () => Promise.reject(new Error("not asked for")),
  openBase: () => Promise.reject(new Error("not asked for")),
  makeAppLayer: (files) => Promise.resolve(layer(`files ${files.length}`)),
  makeDependencyLayer: (plan) => Promise.resolve(layer(`packages ${plan.packages.length}`)),
  openLayer: ({ digest, size }) => ({
    digest,
    size,
    open: async function* () {
      yield contents.get(digest) ?? Buffer.alloc(0);
    },
  }),
};

/** A plan as the gate would let it through, with tests that passed. */
export function makePlan(approved: Review["approvals"] = []): ShipmentPlan {
  const review = fakeReview({ findings: [] });
  const tests = [{ name: "writes headers", status: "passed", durationMs: 1 } as const];
  const runs = { base: fakeRun("c", tests), head: fakeRun("d", tests) };
  return {
    kind: "ready",
    review: { ...review, runs, approvals: approved },
    commit: {
      commit: "b".repeat(40),
      tree: "d".repeat(40),
      time: "2026-05-01T10:00:00.000Z",
      branch: "main",
      source: "https://git.example/shop/export",
    },
    service: {
      name: "order-export",
      version: "1.3.0",
      license: null,
      argv: ["src/server.ts"],
      script: "src/server.ts",
    },
    contents: { files: [], leftOut: [], by: "default" },
    base: {
      image: {
        name: "node-24",
        digest: sha256Digest("base manifest"),
        architecture: "amd64",
        layers: [layer("the base")],
        environment: ["PATH=/usr/bin"],
        user: "65532:65532",
        entrypoint: ["/usr/bin/node"],
      },
      parts: [
        {
          purl: "pkg:deb/debian/libc6@2.36?arch=amd64",
          name: "libc6",
          version: "2.36",
          hash: { algorithm: "SHA-256", hex: "e".repeat(64) },
          within: null,
        },
      ],
    },
    dependencies: {
      packages: [{ path: "debug", name: "debug", version: "4.4.3", integrity: hash("debug") }],
      links: [],
      scripts: [],
    },
    dockerfile: "",
  };
}

/** A shipment in a folder, with everything that a test needs to do harm to it. */
export interface MadeShipment {
  readonly folder: string;
  readonly signer: Signer;
  readonly approver: Signer;
  readonly built: BuiltShipment;
  readonly papers: readonly AttachedPaper[];
}

/** Ships into a folder of its own: built, approved, signed and stored by the real code. `alter` may change the papers. */
export async function makeShipment(
  alter: (made: Omit<MadeShipment, "folder">) => Promise<readonly AttachedPaper[]> = (made) =>
    Promise.resolve(made.papers),
): Promise<MadeShipment> {
  const [signer, approver] = [await makeSigner(), await makeSigner()];
  const statement = approvalStatement(makePlan().review, { reason: "Looked at it.", time: NOW });
  const signed = await signStatement(statement, approver, signal);
  const envelope = JSON.stringify(signed);
  const plan = makePlan([
    { address: addressOf(signed), by: "ada", reason: "Looked at it.", time: NOW, state: "counts" },
  ]);
  const approvals = {
    ...openApprovals(makeFolder(), "/"),
    find: () => Promise.resolve([envelope]),
  };
  const ports = { approvals, clock: { now: () => NOW } };
  const naming = { name: NAME, version: "0.1.0", signal };
  const progress = () => undefined;
  const built = await buildShipment(plan, yard, { ...naming, progress });
  const sign = (each: AnyStatement) => signAs(each, signer);
  const honest = await signPapers(ports, plan, built, { ...naming, sign });
  const papers = await alter({ signer, approver, built, papers: honest });
  const folder = makeFolder();
  const openLayer = yard.openLayer.bind(yard);
  await sendShipment(openOciDirectory(folder), built, papers, {
    tag: "1.3.0",
    progress,
    openLayer,
  });
  return { folder, signer, approver, built, papers };
}

export async function signAs(statement: AnyStatement, signer: Signer): Promise<string> {
  return JSON.stringify(await signBundle(statement, signer, signal));
}

/** What a paper says. */
export function readStatement({ text }: AttachedPaper): AnyStatement {
  const parsed = JSON.parse(text);
  const { payload } = parsed.dsseEnvelope ?? parsed;
  return AnyStatement.parse(JSON.parse(Buffer.from(payload, "base64").toString()));
}

/** A statement that a forger writes on. */
export interface OpenStatement {
  subject: { name?: string; digest: Record<string, string> }[];
}

export type Edit = (predicate: Record<string, unknown>, statement: OpenStatement) => void;

/**
 * Changes what a paper says and signs it again, as somebody could who holds a trusted key. With
 * `covered` the summary is made to name the new paper too, so that nothing but its content gives it away.
 */
export function forge(predicateType: string, edit: Edit, covered = true) {
  return async ({ papers, signer, approver }: Omit<MadeShipment, "folder">) => {
    const forged: AttachedPaper[] = [];
    const renamed = new Map<string, string>();
    for (const paper of papers) {
      const statement = readStatement(paper);
      const isTarget = statement.predicateType === predicateType;
      const isSummary = statement.predicateType === PREDICATES.verification;
      if (isTarget) edit(statement.predicate ?? {}, statement as unknown as OpenStatement);
      if (isSummary && covered) {
        const { inputAttestations } = statement.predicate as {
          inputAttestations: { digest: { sha256: string } }[];
        };
        for (const { digest } of inputAttestations)
          digest.sha256 = renamed.get(digest.sha256) ?? digest.sha256;
      }
      if (!isTarget && !(isSummary && covered)) {
        forged.push(paper);
        continue;
      }
      const text =
        paper.mediaType === MEDIA.envelope
          ? JSON.stringify(await signStatement(statement, approver, signal))
          : await signAs(statement, signer);
      renamed.set(bare(paper.text), bare(text));
      forged.push({ ...paper, text });
    }
    return forged;
  };
}

function bare(text: string): string {
  return sha256Digest(text).slice("sha256:".length);
}

/** Verifies with the keys of who shipped and who approved, unless told otherwise. */
export function verify(
  { approver, folder, signer }: Pick<MadeShipment, "approver" | "folder" | "signer">,
  wish: Partial<Expectations> & { readonly keys?: readonly TrustedKey[] } = {},
): Promise<VerifiedShipment> {
  const { keys = [trustedKey(signer, "shipper"), trustedKey(approver, "ada")], ...rest } = wish;
  const expectations = { resourceUri: NAME, require: ["run"], hasKeys: keys.length > 0 } as const;
  return verifyShipment(openOciDirectory(folder), "1.3.0", {
    expectations: { ...expectations, ...rest },
    progress: () => undefined,
    verifyPaper: (mediaType, text) => verifyPaper(mediaType, text, keys, NOW),
  });
}
