import { utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";

import { type Digest, sha256Digest } from "../digest.ts";
import type { DebianArchitecture } from "./apt.ts";
import { accountsOf, type Recipe, type RecipeChain, topOf } from "./recipe.ts";
import type { LayerRecord } from "./record.ts";

/** A JSON document with its address. */
export interface Blob {
  readonly text: string;
  readonly digest: Digest;
}

export interface ImagePlan {
  readonly config: Blob;
  readonly manifest: Blob;
  /** `index.json` and `manifest.json`: one archive is an OCI layout and a docker archive. */
  readonly index: string;
  readonly dockerManifest: string;
  readonly tag: string;
  readonly user: string;
  /** ISO 8601, UTC. */
  readonly created: string;
}

/** `User` of the image: numbers, so that no name has to be looked up. */
export function userOf(chain: RecipeChain): string {
  const accounts = accountsOf(chain);
  const user = accounts.users.find(({ name }) => name === accounts["run-as"]);
  return user === undefined ? "" : `${user.uid}:${user.gid}`;
}

/**
 * Plans the documents around the layers after the OCI image specification 1.1. The same layers and
 * recipes give the same bytes. `created` is an ISO time.
 */
export function planImage(
  chain: RecipeChain,
  architecture: DebianArchitecture,
  layers: readonly LayerRecord[],
  created: string,
): ImagePlan {
  const config = blob(imageConfig(chain, architecture, layers, created));
  const manifest = blob({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: layers.map(({ digest, sizeBytes }) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest,
      size: sizeBytes,
    })),
  });
  const version = config.digest.slice("sha256:".length, "sha256:".length + 12);
  const tag = `localhost/shipgate/${chain.name}:${version}`;
  return {
    config,
    manifest,
    index: json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        {
          ...descriptor("application/vnd.oci.image.manifest.v1+json", manifest),
          platform: { architecture, os: "linux" },
          annotations: {
            "io.containerd.image.name": tag,
            "org.opencontainers.image.ref.name": version,
          },
        },
      ],
    }),
    dockerManifest: json([
      {
        Config: blobPath(config.digest),
        RepoTags: [tag],
        Layers: layers.map(({ digest }) => blobPath(digest)),
      },
    ]),
    tag,
    user: userOf(chain),
    created,
  };
}

/** Where an OCI layout keeps a blob. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function imageConfig(
  chain: RecipeChain,
  architecture: DebianArchitecture,
  layers: readonly LayerRecord[],
  created: string,
): unknown {
  const top = topOf(chain);
  const environment: Recipe["environment"] = Object.assign(
    {},
    ...chain.steps.map(({ recipe }) => recipe.environment),
  );
  return {
    architecture,
    os: "linux",
    created,
    config: {
      User: userOf(chain),
      Env: Object.entries(environment)
        .map(([key, value]) => `${key}=${value}`)
        .toSorted(),
      ...(top.entrypoint.length > 0 ? { Entrypoint: top.entrypoint } : {}),
      ...(top.cmd.length > 0 ? { Cmd: top.cmd } : {}),
      WorkingDir: top["work-dir"],
      Labels: {
        ...top.annotations,
        "org.opencontainers.image.created": created,
        "dev.shipgate.recipe": chain.name,
        "dev.shipgate.variant": top.variant,
      },
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map((_, index) => ({
      created,
      created_by: `shipgate image build ${chain.steps[index]?.name ?? "(added files)"}`,
    })),
  };
}

function descriptor(mediaType: string, { digest, text }: Blob): object {
  return { mediaType, digest, size: utf8ToBytes(text).length };
}

function blob(value: unknown): Blob {
  const text = json(value);
  return { text, digest: sha256Digest(text) };
}

function json(value: unknown): string {
  return canonicalize(value) ?? "";
}
