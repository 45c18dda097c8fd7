import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

import { onlyTag, openOciDirectory } from "../../adapters/oci/oci-directory.ts";
import { parseReference } from "../../adapters/oci/reference.ts";
import { openRegistry } from "../../adapters/oci/registry.ts";
import { readConsumerKeys, verifyPaper } from "../../adapters/signing/consumer-keys.ts";
import type { TrustedKey } from "../../core/attest/trusted-keys.ts";
import { printable } from "../../core/printable.ts";
import type { Expectations } from "../../core/ship/verify/loaded.ts";
import { GateError } from "../../engine/errors.ts";
import type { ImageStore } from "../../engine/ship-ports.ts";
import { verifyShipment } from "../../engine/verify-shipment.ts";
import { systemClock } from "../../wire.ts";
import { type ExitCode, exitCodeOf, type Invocation } from "../command.ts";
import type { VerifyOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";
import { verificationText } from "../reporters/shipment.ts";
import { badUsage } from "../usage.ts";

const KINDS = ["run", "attribution", "approval"] as const;

/** `shipgate verify`: with nothing but the image and public keys. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, lists, operands, strings, print, progress, signal, color } = invocation;
  const keys: TrustedKey[] = [];
  for (const path of lists["key"] ?? [])
    keys.push(...(await readConsumerKeys(isAbsolute(path) ? path : join(dir, path))));
  const { store, reference, name } = await openImage(dir, operands[0] ?? "", signal);
  const expectations: Expectations = {
    resourceUri: strings["name"] ?? name,
    require: readKinds(strings["require"] ?? "run"),
    hasKeys: keys.length > 0,
  };
  const time = systemClock.now();
  const verified = await verifyShipment(store, reference, {
    expectations,
    progress,
    verifyPaper: (mediaType, text) => verifyPaper(mediaType, text, keys, time),
  });
  const { digest, links, status } = verified;
  const output: VerifyOutput = {
    schemaVersion: 1,
    status,
    place: store.place,
    reference,
    digest,
    keys: keys.map(({ keyId }) => keyId),
    links: links.map(({ by, name: link, says, status: state }) => ({
      name: link,
      status: state,
      says: [...says],
      by: [...by],
    })),
  };
  await print(
    strings["format"] === "json" ? reportJson(output) : verificationText(output, { color }),
  );
  return exitCodeOf(status);
}

/** The place of an image: a folder where there is one, else a registry. `name` is what the image must have been made for. */
async function openImage(
  dir: string,
  operand: string,
  signal: AbortSignal,
): Promise<{
  readonly store: ImageStore;
  readonly reference: string;
  readonly name: string | null;
}> {
  const path = isAbsolute(operand) ? operand : join(dir, operand);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() !== true) {
    const { digest, host, name, tag } = parseReference(operand);
    const store = openRegistry({ host, name, actions: "pull", signal });
    return { store, reference: digest ?? tag ?? "latest", name: `${host}/${name}` };
  }
  const tag = await onlyTag(path);
  if (tag !== null) return { store: openOciDirectory(path), reference: tag, name: null };
  throw new GateError(
    "bad-input",
    `${printable(path, 1000)} does not hold exactly one tagged image.`,
    {
      remedy: "Name the folder of an OCI image layout that `shipgate ship --output` wrote.",
    },
  );
}

function readKinds(text: string): Expectations["require"] {
  const words = text.split(",").filter((word) => word !== "");
  return words.map((word) => {
    const kind = KINDS.find((each) => each === word);
    if (kind !== undefined) return kind;
    throw badUsage({ name: "verify" }, `--require takes ${KINDS.join(", ")}, and not "${word}".`);
  });
}
