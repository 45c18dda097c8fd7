import { describe, expect, test } from "vitest";

import { sha256Digest } from "../../../../server/core/digest.ts";
import { blobPath, planImage } from "../../../../server/core/images/oci.ts";
import { listParts } from "../../../../server/core/images/parts.ts";
import { chainRecipes, Recipe } from "../../../../server/core/images/recipe.ts";
import type { ImageLock, LayerRecord } from "../../../../server/core/images/record.ts";

const base = Recipe.parse({
  name: "Base",
  image: "base",
  variant: "runtime",
  platforms: ["linux/amd64"],
  contents: { packages: ["libc6"] },
  accounts: {
    "run-as": "box",
    users: [{ name: "box", uid: 65_532, gid: 65_532 }],
    groups: [{ name: "box", gid: 65_532 }],
  },
  "work-dir": "/app",
  environment: { PATH: "/usr/bin", NODE_ENV: "production" },
  entrypoint: ["/usr/bin/node"],
  "size-limit": 10,
});
const dev = Recipe.parse({
  ...base,
  from: "base",
  variant: "dev",
  accounts: undefined,
  environment: { NODE_ENV: "development" },
  entrypoint: [],
  cmd: ["/usr/bin/node"],
  annotations: { "org.opencontainers.image.title": "Dev" },
});
const chain = chainRecipes(
  "dev",
  new Map([
    ["base", base],
    ["dev", dev],
  ]),
);
const CREATED = "2026-01-02T03:04:05.000Z";

function layer(seed: string, fields: Partial<LayerRecord> = {}): LayerRecord {
  return {
    digest: sha256Digest(seed),
    sizeBytes: 10,
    epoch: 1,
    distribution: null,
    bundled: [],
    ...fields,
  };
}

const layers = [
  layer("a", { distribution: "debian-12" }),
  layer("b", { bundled: ["@npmcli/arborist@9.0.0"] }),
];

describe("planImage", () => {
  const plan = planImage(chain, "amd64", layers, CREATED);

  test("gives the same bytes for the same image, and others for another layer", () => {
    expect(planImage(chain, "amd64", layers, CREATED)).toEqual(plan);
    const other = planImage(chain, "amd64", [layer("c")], CREATED);
    expect(other.config.digest).not.toBe(plan.config.digest);
  });

  test("names each document by its own bytes", () => {
    expect(sha256Digest(plan.config.text)).toBe(plan.config.digest);
    expect(sha256Digest(plan.manifest.text)).toBe(plan.manifest.digest);
    expect(JSON.parse(plan.manifest.text)).toMatchObject({
      schemaVersion: 2,
      config: { digest: plan.config.digest, size: Buffer.byteLength(plan.config.text) },
      layers: layers.map(({ digest }) => ({ digest, size: 10 })),
    });
    expect(JSON.parse(plan.index)).toMatchObject({ manifests: [{ digest: plan.manifest.digest }] });
    expect(JSON.parse(plan.dockerManifest)).toEqual([
      {
        Config: blobPath(plan.config.digest),
        RepoTags: [plan.tag],
        Layers: layers.map(({ digest }) => blobPath(digest)),
      },
    ]);
  });

  test("runs as a number, with the environment of the whole chain", () => {
    expect(JSON.parse(plan.config.text)).toMatchObject({
      created: CREATED,
      config: {
        User: "65532:65532",
        Env: ["NODE_ENV=development", "PATH=/usr/bin"],
        Cmd: ["/usr/bin/node"],
        Labels: { "dev.shipgate.recipe": "dev", "org.opencontainers.image.title": "Dev" },
      },
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    });
    expect(plan.config.text).not.toContain("Entrypoint");
  });

  test("has a tag that no registry can answer for", () => {
    expect(plan.tag).toMatch(/^localhost\/shipgate\/dev:[0-9a-f]{12}$/);
  });
});

describe("listParts", () => {
  const sha256 = "ab".repeat(32);
  const integrity = `sha512-${Buffer.from("cd".repeat(64), "hex").toString("base64")}`;
  const lock: ImageLock = {
    schemaVersion: 1,
    recipe: "dev",
    architecture: "amd64",
    contents: sha256Digest("contents"),
    steps: [
      {
        recipe: "base",
        packages: [
          {
            name: "git",
            version: "1:2.39.5-0+deb12u3",
            architecture: "amd64",
            source: "git-src",
            size: 1,
            sha256,
          },
        ],
        artifacts: [],
      },
      { recipe: "dev", packages: [], artifacts: [{ name: "npm", version: "11.0.0", integrity }] },
    ],
  };

  test("names packages by purl with the hash of what was fetched", () => {
    expect(listParts(lock, layers)).toEqual([
      {
        purl: "pkg:deb/debian/git@1:2.39.5-0+deb12u3?arch=amd64&distro=debian-12&upstream=git-src",
        name: "git",
        version: "1:2.39.5-0+deb12u3",
        hash: { algorithm: "SHA-256", hex: sha256 },
        within: null,
      },
      {
        purl: "pkg:npm/%40npmcli/arborist@9.0.0",
        name: "@npmcli/arborist",
        version: "9.0.0",
        hash: null,
        within: "pkg:npm/npm@11.0.0",
      },
      {
        purl: "pkg:npm/npm@11.0.0",
        name: "npm",
        version: "11.0.0",
        hash: { algorithm: "SHA-512", hex: "cd".repeat(64) },
        within: null,
      },
    ]);
  });
});
