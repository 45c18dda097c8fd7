import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import { GateError } from "../../engine/errors.ts";
import { CommandError, runCommand } from "../images/process.ts";
import type { RegistryOptions } from "./npm.ts";
import { openRecordCache } from "./record-cache.ts";

/** What pip tells changes with its files, which are not watched. */
const LIFETIME_MS = 60 * 60_000;

/** Package indexes in the order in which they are asked, as they are written, credentials included. */
export interface PipConfig {
  readonly indexes: readonly string[];
}

const Answer = z.object({ indexes: z.array(z.string()).readonly() });

/**
 * The indexes that the user's Python clients are configured for: uv's environment, pip's
 * environment, and what pip itself says of its files and its default. Throws GateError `registry-failed`.
 */
export async function readPipConfig(
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<PipConfig> {
  const { environment, cacheDir, now } = options;
  const uv = environment["UV_DEFAULT_INDEX"] ?? environment["UV_INDEX_URL"];
  if (uv !== undefined && uv !== "") {
    return { indexes: [withoutLabel(uv), ...wordsOf(environment["UV_EXTRA_INDEX_URL"])] };
  }
  const own = environment["PIP_INDEX_URL"];
  const extra = wordsOf(environment["PIP_EXTRA_INDEX_URL"]);
  if (own !== undefined && own !== "") return { indexes: [own, ...extra] };
  const home = options.home ?? homedir();
  const cache = openRecordCache({
    folder: join(cacheDir, "clients"),
    schema: Answer,
    lifetime: () => LIFETIME_MS,
    now,
  });
  const key = `pip ${home} ${environment["PATH"] ?? ""} ${environment["PIP_CONFIG_FILE"] ?? ""} ${extra.join(" ")}`;
  const kept = await cache.read(key);
  if (kept !== null) return kept;
  const answer = await askPip(options);
  // A password has no place in a cache.
  if (!answer.indexes.some((index) => index.includes("@"))) {
    await cache.write(key, answer).catch(() => {});
  }
  return answer;
}

async function askPip(
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<PipConfig> {
  const { environment, home, signal } = options;
  const run = async (args: readonly string[]): Promise<string> => {
    const context = {
      // A folder of nobody's: pip reads no file of the project.
      cwd: tmpdir(),
      environment: { ...environment, ...(home !== undefined && { HOME: home }) },
      signal,
    };
    for (const program of [["pip"], ["python3", "-m", "pip"]]) {
      try {
        return await runCommand([...program, ...args], context);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
      }
    }
    throw new GateError(
      "registry-failed",
      "The Python package index is not known: pip did not tell.",
      {
        remedy: "Install pip, or set PIP_INDEX_URL or UV_DEFAULT_INDEX.",
      },
    );
  };
  const settings = parsePipSettings(await run(["config", "list"]));
  if (settings.get("no-index") !== undefined) {
    throw new GateError("registry-failed", "pip is configured to ask no index.", {
      remedy: "Take `no-index` out of pip's configuration for facts about Python packages.",
    });
  }
  const main = settings.get("index-url") ?? defaultIndex(await run(["install", "--help"]));
  if (main === null) {
    throw new GateError("registry-failed", "pip did not tell which index it asks.", {
      remedy: "Set PIP_INDEX_URL.",
    });
  }
  return { indexes: [main, ...wordsOf(settings.get("extra-index-url"))] };
}

/** What `pip config list` prints: `global.index-url='…'`. Of the same key, what comes later in pip's order holds. */
export function parsePipSettings(text: string): ReadonlyMap<string, string> {
  const order = ["global", "install", "download", ":env:"];
  const found = new Map<string, { readonly rank: number; readonly value: string }>();
  for (const line of text.split(/\r?\n/u)) {
    const [, section = "", key = "", quoted = ""] =
      /^([\w:]+)\.\.?([\w-]+)=(.*)$/u.exec(line.trim()) ?? [];
    const rank = order.indexOf(section);
    if (rank === -1 || key === "" || rank < (found.get(key)?.rank ?? 0)) continue;
    const value = /^'(.*)'$|^"(.*)"$/u.exec(quoted);
    const plain = (value?.[1] ?? value?.[2] ?? quoted).replaceAll(String.raw`\n`, " ");
    found.set(key, { rank, value: plain });
  }
  return new Map([...found].map(([key, { value }]) => [key, value]));
}

/** The default in `pip install --help`, which the help breaks over lines. */
export function defaultIndex(help: string): string | null {
  const about = /--index-url <url>([\s\S]{0,600}?)--extra-index-url/u.exec(help)?.[1] ?? "";
  return /\(default:?\s+(\S+?)\)/u.exec(about)?.[1] ?? null;
}

/** uv names an index as `name=address`. */
function withoutLabel(index: string): string {
  return index.replace(/^[\w-]+=(?=https?:)/u, "");
}

function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(/\s+/u)
    .filter((word) => word !== "")
    .map(withoutLabel);
}
