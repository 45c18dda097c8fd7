import { join } from "node:path";

import type Docker from "dockerode";

import { GateError } from "../../engine/errors.ts";
import type { Progress } from "../../engine/ports.ts";
import { startAptContainer } from "./apt-container.ts";
import { type AptHost, findLocalApt } from "./apt-host.ts";

/** The Debian image in which apt runs where the machine has none, unless another one is configured. */
export const DEFAULT_APT_IMAGE = "debian:bookworm-slim";

export interface AptSourceOptions {
  readonly engine: Docker;
  readonly progress: Progress;
  /** Where apt runs. `auto`: on this machine where it has one, else in a container. */
  readonly aptSource?: "auto" | "machine" | "container";
  /** A Debian or Ubuntu image for the container; pulled where the engine does not have it. */
  readonly aptImage?: string;
}

/** Finds Debian's tools when they are first needed, once. */
export interface AptHostOpener {
  /** Throws GateError `image-failed` where there is neither apt nor an image with it. */
  open(signal: AbortSignal): Promise<AptHost>;
  close(): Promise<void>;
}

/** Says where packages come from without looking yet; `directory` is for apt's own state. */
export function openAptHost(options: AptSourceOptions, directory: string): AptHostOpener {
  let opened: Promise<AptHost> | null = null;
  return {
    open(signal) {
      opened ??= findHost(options, directory, signal);
      return opened;
    },
    async close() {
      const host = await opened?.catch(() => null);
      await host?.close();
    },
  };
}

async function findHost(
  options: AptSourceOptions,
  directory: string,
  signal: AbortSignal,
): Promise<AptHost> {
  const source = options.aptSource ?? "auto";
  if (source !== "container") {
    const local = await findLocalApt(join(directory, "machine"), signal);
    if (local !== null) return local;
    if (source === "machine")
      throw new GateError("image-failed", "This machine has no apt and dpkg-deb.", {
        remedy: "Build on Debian or Ubuntu, or let apt run in a container.",
      });
  }
  return startAptContainer(
    options.engine,
    options.aptImage ?? DEFAULT_APT_IMAGE,
    options.progress,
    signal,
  );
}
