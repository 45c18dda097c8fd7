import type Docker from "dockerode";

import { sweepHalfLayers } from "./dependency-volumes.ts";
import { isLeftOver, LABEL } from "./labels.ts";

/**
 * Removes containers and volumes that killed processes left on an engine, and nothing of a live
 * one. Gives the number of things removed.
 */
export async function sweepEngine(docker: Docker): Promise<number> {
  const filters = { label: [LABEL] };
  const containers = await docker.listContainers({ all: true, filters });
  const leftContainers = containers.filter(({ Labels }) => isLeftOver(Labels));
  const removed = await Promise.all(
    leftContainers.map(({ Id }) =>
      removes(docker.getContainer(Id).remove({ force: true, v: true })),
    ),
  );
  // The engine's own pruning passes over volumes that were made with options.
  const { Volumes } = await docker.listVolumes({ filters });
  const leftVolumes = Volumes.filter(({ Labels }) => isLeftOver(Labels ?? {}));
  removed.push(
    ...(await Promise.all(leftVolumes.map(({ Name }) => removes(docker.getVolume(Name).remove())))),
  );
  return removed.filter((done) => done).length + (await sweepHalfLayers(docker));
}

/** Another process may sweep at the same time: what is gone or going already is not ours to count. */
async function removes(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    const status = (error as { statusCode?: number }).statusCode;
    if (status === 404 || status === 409) return false;
    throw error;
  }
}
