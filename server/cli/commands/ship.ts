import { isAbsolute, join } from "node:path";

import { connectEngine } from "../../adapters/docker/engine.ts";
import { openOciDirectory } from "../../adapters/oci/oci-directory.ts";
import { parseReference } from "../../adapters/oci/reference.ts";
import { openRegistry } from "../../adapters/oci/registry.ts";
import { createShipyard } from "../../adapters/ship/shipyard.ts";
import { signBundle } from "../../adapters/signing/bundle.ts";
import { findSigner } from "../../adapters/signing/find-signer.ts";
import { buildShipment } from "../../engine/build-shipment.ts";
import { GateError } from "../../engine/errors.ts";
import { planShipment, type ShipmentPlan } from "../../engine/plan-shipment.ts";
import { sendShipment, signPapers } from "../../engine/send-shipment.ts";
import type { ImageStore } from "../../engine/ship-ports.ts";
import { openGate } from "../../wire.ts";
import { type ExitCode, exitCodeOf, type Invocation } from "../command.ts";
import type { ShipOutput } from "../output.ts";
import { VERSION } from "../program.ts";
import { reportJson } from "../reporters/json.ts";
import { refusalText, shipmentPlanText, shipmentText } from "../reporters/shipment.ts";
import { badUsage } from "../usage.ts";

/** Where an image goes, and what it is called there. */
interface Target {
  readonly name: string;
  readonly tag: string;
  readonly open: () => ImageStore;
}

/** `shipgate ship` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, flags, strings, print, log, progress, signal } = invocation;
  const isDry = flags.has("dry-run");
  const isJson = strings["format"] === "json";
  checkTarget(invocation, isDry);
  // Asked for before anything is built: without a key there are no papers.
  const signer = isDry
    ? null
    : await findSigner({ directory: dir, env: process.env, form: "plain" });
  const { ports, session } = await openGate(dir, { log });
  const yard = createShipyard(ports.repository, () => connectEngine());
  const base = strings["base"];
  const options = { ...(base !== undefined && { base }), progress, signal };
  const plan = await planShipment(ports, session, yard, options);
  if (plan.kind === "refused") {
    const { status } = plan.review.verdict;
    const output: ShipOutput = { schemaVersion: 1, status, plan: null, shipment: null };
    await print(isJson ? reportJson(output) : refusalText(plan.review));
    return exitCodeOf(status);
  }
  const target = readTarget(invocation, plan);
  const told = describePlan(plan, target);
  if (!isJson) await print(shipmentPlanText(told));
  if (signer === null) {
    if (isJson)
      await print(reportJson({ schemaVersion: 1, status: "pass", plan: told, shipment: null }));
    return 0;
  }
  const naming = { name: target.name, version: VERSION, signal };
  const built = await buildShipment(plan, yard, { ...naming, progress });
  progress("Signing the papers");
  const sign = async (statement: Parameters<typeof signBundle>[0]) =>
    JSON.stringify(await signBundle(statement, signer, signal));
  const papers = await signPapers(ports, plan, built, { ...naming, sign });
  const store = target.open();
  const openLayer = yard.openLayer.bind(yard);
  await sendShipment(store, built, papers, { tag: target.tag, progress, openLayer });
  const output = {
    schemaVersion: 1,
    status: "pass",
    plan: told,
    shipment: {
      digest: built.image.manifest.digest,
      index: built.index.root.digest,
      reference: `${target.name}@${built.image.manifest.digest}`,
      place: store.place,
      sizeBytes: built.layers.reduce((sum, { size }) => sum + size, 0),
      papers: papers.map(({ predicateType }) => predicateType),
      keyId: signer.publicKey.keyId,
    },
  } as const satisfies ShipOutput;
  await print(isJson ? reportJson(output) : shipmentText(output.shipment));
  return 0;
}

function checkTarget({ strings }: Invocation, isDry: boolean): void {
  const { to, output } = strings;
  if (to !== undefined && output !== undefined)
    throw badUsage({ name: "ship" }, "--to and --output exclude each other.");
  if (to === undefined && output === undefined && !isDry)
    throw badUsage({ name: "ship" }, "Say where to: --to REGISTRY/NAME or --output DIR.");
  if (to !== undefined && parseReference(to).digest !== null)
    throw badUsage(
      { name: "ship" },
      "--to takes a name, and a tag where you want one, but no digest.",
    );
}

function readTarget({ dir, strings, signal }: Invocation, { service }: ShipmentPlan): Target {
  const version = service.version.replaceAll(/[^\w.-]/gu, "-").slice(0, 100);
  const { to, output } = strings;
  if (to !== undefined) {
    const { host, name, tag } = parseReference(to);
    const open = () => openRegistry({ host, name, actions: "pull,push", signal });
    return { name: `${host}/${name}`, tag: tag ?? version, open };
  }
  const open = () => {
    if (output !== undefined)
      return openOciDirectory(isAbsolute(output) ? output : join(dir, output));
    throw new GateError("bad-usage", "There is no place to ship to.", { remedy: "Name one." });
  };
  return { name: service.name, tag: version, open };
}

function describePlan(plan: ShipmentPlan, target: Target): NonNullable<ShipOutput["plan"]> {
  const { base, commit, contents, dependencies, dockerfile, review } = plan;
  return {
    name: target.name,
    tag: target.tag,
    commit: commit.commit,
    tree: commit.tree,
    change: review.change.id,
    score: review.score.value,
    approvals: review.approvals.filter(({ state }) => state === "counts").length,
    base: { name: base.image.name, digest: base.image.digest },
    packages: (dependencies?.packages ?? []).map(({ name, version }) => `${name}@${version}`),
    files: contents.files.map(({ path }) => path),
    leftOut: contents.leftOut.length,
    leftOutBy: contents.by,
    dockerfile,
  };
}
