import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { bundleToJSON } from "@sigstore/bundle";
import { DSSEBundleBuilder } from "@sigstore/sign";
import { describe, expect, test } from "vitest";

import { createNpmRegistry } from "../../../server/adapters/registries/npm.ts";
import { findArrivals } from "../../../server/core/checks/arrivals.ts";
import { findProvenanceDowngrades } from "../../../server/core/checks/dependency-release.ts";
import { factOf } from "../../../server/core/checks/facts-of.ts";
import { inputOf } from "../../unit/core/checks/fixture.ts";
import { makeFolder } from "../scratch-repository.ts";
import { json, serve } from "./loopback.ts";

const SLSA = "https://slsa.dev/provenance/v1";
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const strangers = generateKeyPairSync("ec", { namedCurve: "P-256" });
const archiveOf = (version: string) => createHash("sha512").update(`left ${version}`);

/** A bundle as npm's registry serves it, made and signed by sigstore's own library. */
async function bundleFor(
  version: string,
  { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = keys,
  hint = "SHA256:registry",
) {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: `pkg:npm/left@${version}`, digest: { sha512: archiveOf(version).digest("hex") } },
    ],
    predicateType: SLSA,
    predicate: { buildDefinition: { buildType: "https://build.example/v1" } },
  };
  const builder = new DSSEBundleBuilder({
    signer: {
      sign: (data) =>
        Promise.resolve({
          signature: sign("sha256", data, privateKey),
          key: {
            $case: "publicKey" as const,
            publicKey: publicKey.export({ format: "pem", type: "spki" }).toString(),
            hint,
          },
        }),
    },
    witnesses: [],
  });
  const bundle = await builder.create({
    data: Buffer.from(JSON.stringify(statement)),
    type: "application/vnd.in-toto+json",
  });
  return bundleToJSON(bundle) as unknown as { dsseEnvelope: { payload: string } };
}

function tampered<T extends { dsseEnvelope: { payload: string } }>(bundle: T): T {
  const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64")
    .toString()
    .replace("build.example", "evil.example");
  return {
    ...bundle,
    dsseEnvelope: { ...bundle.dsseEnvelope, payload: Buffer.from(payload).toString("base64") },
  };
}

/** A registry with one version in each state that an attestation can be in. */
async function makeRegistry() {
  const bundles: Readonly<Record<string, object | null>> = {
    "1.0.0": await bundleFor("1.0.0"),
    "1.0.1": await bundleFor("1.0.1"),
    "1.0.2": tampered(await bundleFor("1.0.2")),
    "1.0.3": null,
    "1.0.4": await bundleFor("1.0.0"),
    "1.0.5": await bundleFor("1.0.5", strangers),
    "1.0.6": await bundleFor("1.0.6", strangers, "SHA256:stranger"),
  };
  const versions = Object.fromEntries(
    [...Object.keys(bundles), "1.0.7"].map((version) => [
      version,
      {
        dist: {
          integrity: `sha512-${archiveOf(version).digest("base64")}`,
          ...(version !== "1.0.7" && { attestations: { url: "x" } }),
        },
      },
    ]),
  );
  const server = await serve((path, response) => {
    const version = /attestations\/left@(.+)$/.exec(path)?.[1];
    if (version === undefined)
      return json(response, { name: "left", "dist-tags": { latest: "1.0.1" }, versions });
    const bundle = bundles[version];
    if (bundle === null || bundle === undefined) return response.writeHead(404).end("{}");
    return json(response, { attestations: [{ predicateType: SLSA, bundle }] });
  });
  const home = makeFolder();
  const trust = join(home, "trust.json");
  const key = keys.publicKey.export({ format: "der", type: "spki" }).toString("base64");
  writeFileSync(trust, JSON.stringify({ keys: [{ keyid: "SHA256:registry", key }] }));
  const lookUp = (versionsAsked: readonly string[], file = trust) =>
    createNpmRegistry({
      environment: {
        npm_config_registry: server.url,
        ...(file !== "" && { SHIPGATE_PROVENANCE_TRUST: file }),
      },
      home,
      cacheDir: makeFolder(),
      now: () => Date.parse("2026-06-01T12:00:00.000Z"),
    }).lookUp("left", {
      keptOnly: false,
      signal: AbortSignal.timeout(20_000),
      versions: versionsAsked,
    });
  return { lookUp, home };
}

const lock = (version: string) =>
  JSON.stringify(
    {
      lockfileVersion: 3,
      packages: {
        "": { dependencies: { left: "^1.0.0" } },
        "node_modules/left": {
          version,
          integrity: `sha512-${archiveOf(version).digest("base64")}`,
        },
      },
    },
    null,
    1,
  );

describe("attestations of npm packages", () => {
  test.for([
    ["valid", "1.0.1", { attested: true, provenance: "verified" }, null],
    ["tampered", "1.0.2", { attested: true, provenance: "invalid" }, "does not hold"],
    ["missing", "1.0.3", { attested: false }, "no attestation"],
    ["another archive's", "1.0.4", { attested: true, provenance: "invalid" }, "does not hold"],
    [
      "signed by a stranger in the name of the registry",
      "1.0.5",
      { attested: true, provenance: "invalid" },
      "does not hold",
    ],
    [
      "signed by an unknown key",
      "1.0.6",
      { attested: true, provenance: "invalid" },
      "does not hold",
    ],
    ["no longer claimed", "1.0.7", { attested: false }, "no attestation"],
  ] as const)("%s: told apart from the others", async ([, version, expected, finding]) => {
    const { lookUp } = await makeRegistry();
    const record = await lookUp([version, "1.0.0"]);
    expect(record?.versions[version]).toEqual({ hasInstallScript: false, ...expected });
    const { input } = inputOf(
      { "package-lock.json": lock("1.0.0") },
      { "package-lock.json": lock(version) },
    );
    const [arrival] = findArrivals(input);
    if (record === null || arrival === undefined) throw new Error("Nothing arrived.");
    const found = findProvenanceDowngrades({ ...input, facts: [factOf(record, arrival)] });
    expect(found.map(({ message }) => message)).toEqual(
      finding === null ? [] : [expect.stringContaining(finding)],
    );
  });

  test("without anybody to believe, a claim stays a claim", async () => {
    const { lookUp } = await makeRegistry();
    expect((await lookUp(["1.0.2"], ""))?.versions["1.0.2"]).toEqual({
      hasInstallScript: false,
      attested: true,
    });
  });

  test("a file of trusted keys that cannot be read leaves nothing to believe in", async () => {
    const { lookUp, home } = await makeRegistry();
    writeFileSync(join(home, "broken.json"), "{");
    await expect(lookUp(["1.0.0"], join(home, "broken.json"))).rejects.toMatchObject({
      code: "registry-failed",
    });
    await expect(lookUp(["1.0.0"], join(home, "none.json"))).rejects.toMatchObject({
      code: "registry-failed",
    });
  });

  test("a trusted root that asks for a log does not believe a bare key", async () => {
    const { lookUp, home } = await makeRegistry();
    const key = keys.publicKey.export({ format: "der", type: "spki" }).toString("base64");
    const root = {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [
        {
          baseUrl: "https://log.example",
          hashAlgorithm: "SHA2_256",
          publicKey: {
            rawBytes: key,
            keyDetails: "PKIX_ECDSA_P256_SHA_256",
            validFor: { start: "2020-01-01T00:00:00Z" },
          },
          logId: { keyId: "AAAA" },
        },
      ],
      certificateAuthorities: [],
      ctlogs: [],
      timestampAuthorities: [],
    };
    const file = join(home, "root.json");
    writeFileSync(
      file,
      JSON.stringify({ trustedRoot: root, keys: [{ keyid: "SHA256:registry", key }] }),
    );
    expect((await lookUp(["1.0.1"], file))?.versions["1.0.1"]).toMatchObject({
      provenance: "invalid",
    });
  });
});
