import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

import type tar from "tar-stream";

import { blobPath, type ImagePlan } from "../../core/images/oci.ts";
import type { LayerRecord } from "../../core/images/record.ts";
import { layerPath } from "./layers.ts";
import { quiet } from "./tar.ts";

/**
 * One archive that is an OCI layout and a docker archive at once: engines of every age load it, and
 * its bytes depend on the image alone. Ends `pack`; rejects when a layer cannot be read.
 */
export async function packArchive(
  pack: tar.Pack,
  plan: ImagePlan,
  layers: readonly LayerRecord[],
  cacheDir: string,
  signal: AbortSignal,
): Promise<void> {
  await addText(pack, "oci-layout", '{"imageLayoutVersion":"1.0.0"}');
  for (const folder of ["blobs/", "blobs/sha256/"]) await addFolder(pack, folder);
  for (const { digest, sizeBytes } of layers) {
    const header = { ...FIXED, name: blobPath(digest), size: sizeBytes };
    await pipeline(createReadStream(layerPath(cacheDir, digest)), quiet(pack.entry(header)), {
      signal,
    });
  }
  await addText(pack, blobPath(plan.config.digest), plan.config.text);
  await addText(pack, blobPath(plan.manifest.digest), plan.manifest.text);
  await addText(pack, "index.json", plan.index);
  await addText(pack, "manifest.json", plan.dockerManifest);
  pack.finalize();
}

const FIXED = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) } as const;

function addText(pack: tar.Pack, name: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    quiet(pack.entry({ ...FIXED, name }, text, (error) => (error ? reject(error) : resolve())));
  });
}

function addFolder(pack: tar.Pack, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    quiet(
      pack.entry({ ...FIXED, mode: 0o755, name, type: "directory" }, (error) =>
        error ? reject(error) : resolve(),
      ),
    );
  });
}
