import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openOciDirectory, onlyTag } from "../../../server/adapters/oci/oci-directory.ts";
import { openRegistry } from "../../../server/adapters/oci/registry.ts";
import { sha256Digest } from "../../../server/core/digest.ts";
import {
  describe as describeDocument,
  documentOf,
  hexOf,
  MEDIA,
  textDocument,
} from "../../../server/core/ship/documents.ts";
import {
  attachedArtifact,
  attachedEntry,
  referrersIndex,
  referrersTag,
} from "../../../server/core/ship/layout.ts";
import { listReferrers, putSet } from "../../../server/engine/send-shipment.ts";
import { blobOf, type ImageStore } from "../../../server/engine/ship-ports.ts";
import { makeFolder } from "../scratch-repository.ts";
import { type RealRegistry, registryProgram, startRegistry } from "./real-registry.ts";

let registry: RealRegistry | null = null;
beforeAll(async () => {
  if (registryProgram !== null) registry = await startRegistry(registryProgram);
});
afterAll(() => registry?.stop());

const signal = new AbortController().signal;
const config = textDocument(MEDIA.config, '{"architecture":"amd64","os":"linux"}');
const layer = textDocument(MEDIA.layer, "not really a tar");
const manifest = documentOf(MEDIA.manifest, {
  schemaVersion: 2,
  mediaType: MEDIA.manifest,
  config: describeDocument(config),
  layers: [describeDocument(layer)],
});
const image = { root: manifest, manifests: [], blobs: [config, layer] };
const absent = sha256Digest("nobody has this");

const KINDS = ["an OCI directory", ...(registryProgram === null ? [] : ["a real registry"])];

function open(kind: string, name = "shop/export"): ImageStore {
  if (kind === "an OCI directory") return openOciDirectory(makeFolder());
  return openRegistry({ host: registry?.host ?? "", name, actions: "pull,push", signal });
}

describe.for(KINDS)("%s", (kind) => {
  test("gives back what was put in, by digest and by tag", async () => {
    const store = open(kind);
    await putSet(store, image, "1.3.0");
    for (const reference of ["1.3.0", manifest.digest]) {
      expect(await store.getManifest(reference)).toEqual({
        mediaType: MEDIA.manifest,
        digest: manifest.digest,
        text: manifest.text,
      });
    }
    expect(Buffer.from((await store.getBlob(config.digest, 1000)) ?? []).toString()).toBe(
      config.text,
    );
    expect(await store.hasBlob(layer.digest)).toBe(true);
    expect(await store.checkBlob(layer.digest, layer.size)).toBe("same");
  });

  test("says that what is not there is missing", async () => {
    const store = open(kind, "shop/empty");
    expect(await store.hasBlob(absent)).toBe(false);
    expect(await store.getBlob(absent, 10)).toBe(null);
    expect(await store.getManifest(absent)).toBe(null);
    expect(await store.getManifest("1.3.0")).toBe(null);
    expect(await store.checkBlob(absent, 10)).toBe("missing");
  });

  test("takes a large blob in pieces, and twice", async () => {
    const store = open(kind, "shop/large");
    const bytes = Buffer.alloc(40 * 1024 * 1024, "shipgate");
    const pieces = async function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    };
    const blob = { digest: sha256Digest(bytes), size: bytes.length, open: pieces };
    await store.putBlob(blob);
    await store.putBlob(blob);
    expect(await store.checkBlob(blob.digest, blob.size)).toBe("same");
    expect(await store.checkBlob(blob.digest, blob.size - 1)).toBe("other");
  });

  test("lists what refers to an image under the tag that stands for its digest", async () => {
    const store = open(kind, "shop/referred");
    await putSet(store, image, "1.3.0");
    const paper = {
      mediaType: MEDIA.bundle,
      predicateType: "https://slsa.dev/provenance/v1",
      created: "2026-01-01T00:00:00Z",
      text: '{"a":1}',
    };
    const bundle = attachedArtifact(manifest, paper);
    await putSet(store, bundle);
    const entry = attachedEntry(bundle.root, paper);
    await store.putManifest(referrersIndex([], [entry]), referrersTag(manifest.digest));
    expect(await listReferrers(store, manifest.digest)).toEqual([entry]);
    const index = await store.getManifest(referrersTag(manifest.digest));
    expect(index?.mediaType).toBe(MEDIA.index);
    expect(JSON.parse(index?.text ?? "")).toMatchObject({
      manifests: [{ digest: bundle.root.digest, artifactType: MEDIA.bundle }],
    });
    expect(await store.getManifest(bundle.root.digest)).toMatchObject({ text: bundle.root.text });
  });
});

describe("an OCI directory", () => {
  test("refuses a blob that somebody changed, and mends it when it is put again", async () => {
    const folder = makeFolder();
    const store = openOciDirectory(folder);
    await putSet(store, image, "1.3.0");
    const path = join(folder, "blobs", "sha256", hexOf(config.digest));
    await writeFile(path, config.text.replace("amd64", "arm64"));
    await expect(store.getBlob(config.digest, 1000)).rejects.toMatchObject({ code: "bad-content" });
    expect(await store.checkBlob(config.digest, config.size)).toBe("other");
    await store.putBlob(blobOf(config));
    expect(await store.checkBlob(config.digest, config.size)).toBe("same");
  });

  test("refuses a manifest that somebody changed", async () => {
    const folder = makeFolder();
    const store = openOciDirectory(folder);
    await putSet(store, image, "1.3.0");
    await writeFile(join(folder, "blobs", "sha256", hexOf(manifest.digest)), `${manifest.text} `);
    await expect(store.getManifest("1.3.0")).rejects.toMatchObject({ code: "bad-content" });
  });

  test("does not follow links to other files", async () => {
    const folder = makeFolder();
    const store = openOciDirectory(folder);
    await mkdir(join(folder, "blobs", "sha256"), { recursive: true });
    const outside = join(folder, "outside");
    await writeFile(outside, config.text);
    await symlink(outside, join(folder, "blobs", "sha256", hexOf(config.digest)));
    expect(await store.getBlob(config.digest, 1000)).toBe(null);
    expect(await store.hasBlob(config.digest)).toBe(false);
  });

  test("gives no blob that is larger than asked for", async () => {
    const folder = makeFolder();
    const store = openOciDirectory(folder);
    await store.putBlob(blobOf(layer));
    expect(await store.getBlob(layer.digest, layer.size - 1)).toBe(null);
  });

  test("keeps other tags, moves its own, and knows when there is one image", async () => {
    const folder = makeFolder();
    const store = openOciDirectory(folder);
    expect(await onlyTag(folder)).toBe(null);
    await putSet(store, image, "1.3.0");
    await store.putManifest(referrersIndex([], []), referrersTag(manifest.digest));
    expect(await onlyTag(folder)).toBe("1.3.0");
    await putSet(store, image, "1.4.0");
    await putSet(store, image, "1.4.0");
    expect(await onlyTag(folder)).toBe(null);
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    expect(index.manifests).toHaveLength(3);
  });

  test("says that a broken index is broken", async () => {
    const folder = makeFolder();
    await writeFile(
      join(folder, "index.json"),
      '{"schemaVersion":2,"manifests":[{"digest":"../../x"}]}',
    );
    await expect(openOciDirectory(folder).getManifest("1")).rejects.toMatchObject({
      code: "bad-input",
    });
    await rm(join(folder, "index.json"));
  });
});
