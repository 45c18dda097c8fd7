import { readFile, stat } from "node:fs/promises";
import { basename, relative, resolve, sep } from "node:path";

import { printable } from "../core/printable.ts";
import type { Ecosystem, Package } from "../ecosystems/ecosystem.ts";
import { ECOSYSTEMS } from "../ecosystems/ecosystems.ts";
import { GateError } from "../engine/errors.ts";
import type { DepsListOutput } from "./output.ts";

/** Largest manifest or lock file that is read, in bytes. */
const LARGEST = 64 * 1024 * 1024;

type Listed = DepsListOutput["packages"][number];

/**
 * The packages that a manifest or lock file names. `like` is the file whose name says how to read
 * it, where its own name does not. Throws GateError `bad-input` for a file that cannot be read whole.
 */
export async function readPackages(
  dir: string,
  file: string,
  like: string = file,
): Promise<readonly Package[]> {
  const read = findReader(dir, file) ?? findReader(dir, like);
  if (read === null) {
    throw new GateError(
      "bad-input",
      `${printable(file)} is no manifest or lock file that is known.`,
      {
        remedy: "Name a file such as package.json or package-lock.json.",
      },
    );
  }
  const { packages, mistakes } = read(await readText(resolve(dir, file)));
  const [mistake] = mistakes;
  if (mistake === undefined) return packages;
  const place = `${printable(file)}:${mistake.line}`;
  throw new GateError("bad-input", `${place}: ${printable(mistake.message, 500)}`, {
    remedy: "Mend the file, or make it anew with its package manager.",
  });
}

/** A package as it is printed: exactly the published fields. */
export function listed(item: Package): Listed {
  const { name, version, purl, ecosystem, line, direct, dev, source, integrity } = item;
  return { name, version, purl, ecosystem, line, direct, dev, source, integrity };
}

function findReader(
  dir: string,
  file: string,
): ((text: string) => ReturnType<Ecosystem["readManifest"]>) | null {
  const inside = relative(dir, resolve(dir, file)).split(sep).join("/");
  const path = inside.startsWith("../") ? basename(file) : inside;
  for (const ecosystem of ECOSYSTEMS) {
    if (ecosystem.isLockfile(path)) return (text) => ecosystem.readLockfile(path, text);
    if (ecosystem.isManifest(path)) return (text) => ecosystem.readManifest(path, text);
  }
  return null;
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST) throw new Error(`it is larger than ${LARGEST / 1024 / 1024} MiB`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GateError("bad-input", `${printable(file)} cannot be read: ${printable(why)}.`, {
      remedy: "Name an existing text file.",
      cause: error,
    });
  }
}
