import { mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";

import type Docker from "dockerode";
import tar from "tar-stream";

import type { Digest } from "../../core/digest.ts";
import type { InstallPlan } from "../../core/install/plan.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import { engineFailed } from "./engine.ts";
import { isAbandoned, makerLabels, ownLabels } from "./labels.ts";
import { packTree, type TreeLimits } from "./package-tree.ts";
import { verifyTarball } from "./tarballs.ts";

/** Labels of a layer's volumes: what they hold, and on the one that says it is whole, how large it is. */
const LAYER_LABEL = "dev.shipgate.dependencies";
const SIZE_LABEL = "dev.shipgate.bytes";
const OWNER_LABEL = "dev.shipgate.kept-by";
const WHOLE = "-whole";
/** Where a layer is mounted, read-only, in the boxes of base and head. */
const TARGET = "/workspace/node_modules";
/** What a container that only carries an archive may live, in milliseconds. */
const LIFETIME = 3_600_000;

/** What layers are made with. */
export interface LayerSettings {
  readonly docker: Docker;
  /** Folder for tarballs and for what was used when. */
  readonly cacheDir: string;
  /** Bounds on one layer. */
  readonly limits: TreeLimits;
  /** All layers that one owner made on an engine are together kept below this, in bytes. */
  readonly keptBytes: number;
  /** Who makes layers: on an engine of many, each makes room for itself only. */
  readonly owner: string;
}

/** The volume of a layer and its place in the box. */
export function mountOf(layer: Digest): { readonly volume: string; readonly target: string } {
  return { volume: `shipgate-dependencies-${layer.slice("sha256:".length)}`, target: TARGET };
}

/** A second volume, made last, says that the first is whole: a volume's own labels cannot be changed. */
function markerOf(layer: Digest): string {
  return `${mountOf(layer).volume}${WHOLE}`;
}

/** Whether a layer is there, down to its last file. */
export async function isWhole(docker: Docker, layer: Digest): Promise<boolean> {
  const { volume } = mountOf(layer);
  const found = await Promise.allSettled(
    [volume, markerOf(layer)].map((name) => docker.getVolume(name).inspect()),
  );
  return found.every(
    (each) => each.status === "fulfilled" && each.value.Labels?.[LAYER_LABEL] === layer,
  );
}

/** Unpacks a plan into the volume of its layer. Throws `bad-input`, `registry-failed`, `engine-failed`, `cancelled`. */
export async function makeLayer(
  settings: LayerSettings,
  plan: InstallPlan,
  layer: Digest,
  image: Digest,
  signal: AbortSignal,
): Promise<void> {
  const { docker, cacheDir } = settings;
  const { volume } = mountOf(layer);
  const labels = { [LAYER_LABEL]: layer };
  await onEngine("cannot make a volume", () =>
    docker.createVolume({ Name: volume, Labels: { ...labels, ...makerLabels(LIFETIME) } }),
  );
  const bytes = await fillVolume(settings, plan, volume, image, signal, (each) =>
    verifyTarball(cacheDir, each),
  );
  await onEngine("cannot make a volume", () =>
    docker.createVolume({
      Name: markerOf(layer),
      Labels: { ...labels, [SIZE_LABEL]: String(bytes), [OWNER_LABEL]: settings.owner },
    }),
  );
}

/** The engine unpacks the archive into the volume of a container that is never started. */
async function fillVolume(
  { docker, limits }: LayerSettings,
  plan: InstallPlan,
  volume: string,
  image: Digest,
  signal: AbortSignal,
  open: Parameters<typeof packTree>[1],
): Promise<number> {
  const container = await onEngine("cannot make a container", () =>
    docker.createContainer(carrierOptions(volume, image)),
  );
  const pack = tar.pack();
  const stop = (): void => {
    pack.destroy(new Error("stopped"));
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const packed = packTree(plan, open, pack, limits, signal).catch((error: unknown) => {
      pack.destroy(error as Error);
      throw error;
    });
    const sent = docker
      .getContainer(container.id)
      .putArchive(Readable.from(pack), { path: TARGET });
    const [size, answer] = await Promise.allSettled([packed, sent]);
    if (signal.aborted) throw cancelled("Preparing the dependencies");
    if (size.status === "rejected" && GateError.is(size.reason)) throw size.reason;
    if (answer.status === "rejected")
      throw engineFailed("cannot unpack the dependencies", answer.reason);
    if (size.status === "rejected") throw size.reason as Error;
    return size.value.bytes;
  } finally {
    signal.removeEventListener("abort", stop);
    await container.remove({ force: true }).catch(() => undefined);
  }
}

function carrierOptions(volume: string, image: Digest): Docker.ContainerCreateOptions {
  return {
    Image: image,
    Cmd: ["never-started"],
    NetworkDisabled: true,
    Labels: ownLabels(LIFETIME),
    HostConfig: {
      NetworkMode: "none",
      Mounts: [{ Type: "volume", Source: volume, Target: TARGET }],
    },
  };
}

/** Removes layers whose makers were killed before they were whole. Gives their number. */
export async function sweepHalfLayers(docker: Docker): Promise<number> {
  const filters = { label: [LAYER_LABEL] };
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  const names = new Set(volumes.map(({ Name }) => Name));
  const half = volumes.filter(({ Labels: labels }) => {
    const { volume } = mountOf(labels[LAYER_LABEL] as Digest);
    return names.has(volume) && !names.has(`${volume}${WHOLE}`) && isAbandoned(labels);
  });
  // One that another process fills at the moment is in use, and the engine refuses.
  const removed = await Promise.allSettled(half.map(({ Name }) => docker.getVolume(Name).remove()));
  return removed.filter(({ status }) => status === "fulfilled").length;
}

/** Removes the layers that were not used for longest, until all together are small enough. */
export async function evictLayers(settings: LayerSettings, newest: Digest): Promise<void> {
  const { docker, keptBytes, owner } = settings;
  const { Volumes: volumes } = await docker.listVolumes({
    filters: { label: [`${OWNER_LABEL}=${owner}`] },
  } as Docker.VolumeListOptions);
  const layers = [];
  for (const { Labels: labels } of volumes ?? []) {
    const layer = labels[LAYER_LABEL] as Digest | undefined;
    if (layer === undefined) continue;
    const used = layer === newest ? Infinity : await lastUse(settings, layer);
    layers.push({ layer, bytes: Number(labels[SIZE_LABEL]) || 0, used });
  }
  let total = layers.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { layer, bytes, used } of layers.toSorted((a, b) => a.used - b.used)) {
    if (total <= keptBytes || used === Infinity) return;
    if (await removeLayer(docker, layer)) total -= bytes;
  }
}

/** One that a box still uses stays. The marker goes first, so that half a layer is never taken for a whole one. */
async function removeLayer(docker: Docker, layer: Digest): Promise<boolean> {
  const { volume } = mountOf(layer);
  try {
    const users = await docker.listContainers({ all: true, filters: { volume: [volume] } });
    if (users.length > 0) return false;
    await docker.getVolume(markerOf(layer)).remove();
    await docker.getVolume(volume).remove();
    return true;
  } catch {
    return false;
  }
}

function usePath({ cacheDir }: LayerSettings, layer: Digest): string {
  return join(cacheDir, "used", layer.slice("sha256:".length));
}

async function lastUse(settings: LayerSettings, layer: Digest): Promise<number> {
  try {
    return (await stat(usePath(settings, layer))).mtimeMs;
  } catch {
    return 0;
  }
}

/** Notes that a layer is in use now. */
export async function markUsed(settings: LayerSettings, layer: Digest): Promise<void> {
  const path = usePath(settings, layer);
  const now = new Date();
  await mkdir(join(settings.cacheDir, "used"), { recursive: true });
  await utimes(path, now, now).catch(() => writeFile(path, ""));
}

async function onEngine<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw engineFailed(what, error);
  }
}
