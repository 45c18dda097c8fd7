import { Readable } from "node:stream";

import type Docker from "dockerode";
import tar from "tar-stream";
import { z } from "zod";

import type { Digest } from "../../core/digest.ts";
import type { DebianArchitecture } from "../../core/images/apt.ts";
import type { ImagePlan } from "../../core/images/oci.ts";
import type { LayerRecord } from "../../core/images/record.ts";
import { printable } from "../../core/printable.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import { packArchive } from "./archive.ts";
import { quiet } from "./tar.ts";

/** What engines call the processors that recipes are made for. */
const ARCHITECTURES: Readonly<Record<string, DebianArchitecture>> = {
  x86_64: "amd64",
  amd64: "amd64",
  aarch64: "arm64",
  arm64: "arm64",
};
const LoadLine = z.object({ error: z.string().optional() });

/** The architecture that the engine runs. Throws GateError `no-engine`, `image-failed`. */
export async function engineArchitecture(engine: Docker): Promise<DebianArchitecture> {
  const info = await ask(
    () => engine.info() as Promise<{ Architecture?: string; OSType?: string }>,
  );
  if (info.OSType !== undefined && info.OSType !== "linux")
    throw new GateError("image-failed", `The engine runs ${printable(info.OSType)} containers.`, {
      remedy: "Switch it to Linux containers.",
    });
  const architecture = ARCHITECTURES[info.Architecture ?? ""];
  if (architecture !== undefined) return architecture;
  throw new GateError(
    "image-failed",
    `There are no recipes for this engine's processor (${printable(String(info.Architecture))}).`,
    { remedy: "Use an engine on x86-64 or ARM64." },
  );
}

/**
 * The digest by which this engine runs the image: that of its configuration with the classic store,
 * that of its manifest with containerd's. Null where it does not have it. Throws GateError `no-engine`.
 */
export async function findEngineId(
  engine: Docker,
  image: { readonly configDigest: string; readonly manifestDigest: string; readonly tag: string },
): Promise<Digest | null> {
  const known = new Set([image.configDigest, image.manifestDigest]);
  for (const reference of [image.configDigest, image.manifestDigest, image.tag]) {
    const id = await inspectId(engine, reference);
    if (id !== null && known.has(id)) return id as Digest;
  }
  return null;
}

/** Loads the image into the engine and gives the digest to run it by. Throws GateError `no-engine`, `image-failed`, `cancelled`. */
export async function loadImage(
  engine: Docker,
  plan: ImagePlan,
  layers: readonly LayerRecord[],
  cacheDir: string,
  signal: AbortSignal,
): Promise<Digest> {
  const pack = quiet(tar.pack());
  const failed = new AbortController();
  const abortSignal = AbortSignal.any([signal, failed.signal]);
  let firstError: Error | null = null;
  // Whichever side fails first says why; the other one only notices that its partner is gone.
  const fail = (error: unknown): void => {
    firstError ??= error instanceof Error ? error : new Error(String(error));
    failed.abort();
    pack.destroy();
  };
  await Promise.all([
    packArchive(pack, plan, layers, cacheDir, signal).catch(fail),
    ask(() => engine.loadImage(Readable.from(pack), { quiet: "1", abortSignal }))
      .then(readAnswer)
      .catch(fail),
  ]);
  if (signal.aborted) throw cancelled("Building the image");
  if (firstError !== null) throw firstError;
  const id = await findEngineId(engine, {
    configDigest: plan.config.digest,
    manifestDigest: plan.manifest.digest,
    tag: plan.tag,
  });
  if (id !== null) return id;
  throw new GateError("image-failed", "The engine took the image but does not know its digest.", {
    remedy: "Look into the engine's log, then build again.",
  });
}

/** Asks the engine; that it cannot be reached becomes a GateError `no-engine`, its refusals `image-failed`. */
export async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (GateError.is(error)) throw error;
    const reason = printable(error instanceof Error ? error.message : String(error), 600);
    if (statusOf(error) === null)
      throw new GateError("no-engine", `No Docker engine answered: ${reason}`, {
        remedy: "Start the engine, check with `docker info`, then try again.",
        cause: error,
      });
    throw new GateError("image-failed", `The engine refused: ${reason}`, {
      remedy: "Look into the engine's log, then try again.",
      cause: error,
    });
  }
}

/** The engine's HTTP status in an error of dockerode, null where the engine did not answer. */
export function statusOf(error: unknown): number | null {
  const code = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof code === "number" ? code : null;
}

async function inspectId(engine: Docker, reference: string): Promise<string | null> {
  return ask(async () => {
    try {
      return (await engine.getImage(reference).inspect()).Id;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  });
}

async function readAnswer(stream: NodeJS.ReadableStream): Promise<void> {
  let text = "";
  for await (const chunk of stream) text = `${text}${String(chunk)}`.slice(-64_000);
  for (const line of text.split("\n")) {
    const parsed = LoadLine.safeParse(line.startsWith("{") ? safeJson(line) : {});
    if (parsed.success && parsed.data.error !== undefined)
      throw new GateError(
        "image-failed",
        `The engine refused the image: ${printable(parsed.data.error, 600)}`,
        {
          remedy: "Free some disk space where the engine keeps images, then build again.",
        },
      );
  }
}

function safeJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
