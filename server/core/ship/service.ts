import { z } from "zod";

import type { RepoPath } from "../location.ts";
import { printable } from "../printable.ts";
import type { ShipProblem } from "./contents.ts";

/** What a Node service is, by its manifest. */
export interface NodeService {
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  /** What Node is started with, without `node` itself. */
  readonly argv: readonly string[];
  /** The script that `argv` names: it must be in the image. */
  readonly script: RepoPath;
}

const text = z.string().max(1000);
const Manifest = z.object({
  name: text.optional(),
  version: text.optional(),
  license: text.optional().catch(undefined),
  main: text.optional(),
  scripts: z.object({ start: text.optional() }).optional(),
});

/** Options of Node that take the next word as their value. */
const WITH_VALUE = new Set(["--import", "--require", "-r", "--conditions", "-C", "--title"]);
/** Options that run text, wait for a person, or watch: no way to run a service. */
const REFUSED =
  /^(?:-e|--eval|-p|--print|-i|--interactive|--watch(?:-path)?(?:=.*)?|--inspect(?:-.*)?(?:=.*)?|--test(?:-.*)?)$/u;
const PLAIN = /^[\w@%+=:,./-]+$/u;

/** Reads how a service is started from `scripts.start`, which must be a plain `node …`: no shell is in the image. */
export function readNodeService(manifestText: string): NodeService | ShipProblem {
  const manifest = parseManifest(manifestText);
  if (manifest === null) {
    return { problem: "package.json cannot be read.", remedy: "Mend it and commit." };
  }
  const start = manifest.scripts?.start ?? (manifest.main && `node ${manifest.main}`);
  if (start === undefined) {
    return {
      problem: "package.json says neither with `scripts.start` nor with `main` what to run.",
      remedy: 'Add a start script such as `"start": "node src/server.js"`.',
    };
  }
  const words = start.trim().split(/\s+/u);
  const script =
    words[0] === "node" && words.every((word) => PLAIN.test(word)) && findScript(words);
  if (!script) {
    return {
      problem: `The start script, \`${printable(start, 200)}\`, is not a plain \`node FILE …\`; the image has no shell that could run it.`,
      remedy: "Start Node on a file of the repository; set variables where the image is run.",
    };
  }
  return {
    name: manifest.name ?? "service",
    version: manifest.version ?? "0.0.0",
    license: manifest.license ?? null,
    argv: words.slice(1),
    script,
  };
}

function findScript(words: readonly string[]): RepoPath | null {
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) return insidePath(word);
    if (REFUSED.test(word)) return null;
    if (WITH_VALUE.has(word)) at += 1;
  }
  return null;
}

function insidePath(word: string): RepoPath | null {
  const parts = word.split("/").filter((part) => part !== "" && part !== ".");
  const isInside = !word.startsWith("/") && !parts.includes("..") && parts.length > 0;
  return isInside ? parts.join("/") : null;
}

function parseManifest(manifestText: string): z.infer<typeof Manifest> | null {
  try {
    const parsed = Manifest.safeParse(JSON.parse(manifestText));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
