import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";

/** What a registry is to be told about the user. */
export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly secret: string }
  /** A refresh token, as `docker login` keeps it for registries that give one. */
  | { readonly kind: "token"; readonly secret: string };

const Entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const DockerConfig = z.object({
  auths: z.record(z.string(), Entry).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});
const HelperAnswer = z.object({ Username: z.string(), Secret: z.string() });
const HELPER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,60}$/u;
const PATIENCE_MS = 30_000;

/**
 * The credentials that `docker login` keeps for a registry: from its credential helper, else from the
 * configuration itself; null where there are none. Throws GateError `registry-failed`.
 */
export async function findCredentials(
  host: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Credentials | null> {
  const folder = environment["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  const config = await readConfig(join(folder, "config.json"));
  const helper = config.credHelpers?.[host] ?? config.credsStore;
  if (helper !== undefined && helper !== "") {
    const answer = await askHelper(helper, host, environment);
    if (answer !== null) return answer;
  }
  const entry = config.auths?.[host] ?? config.auths?.[`https://${host}`];
  return entry === undefined ? null : readEntry(entry);
}

async function readConfig(path: string): Promise<z.infer<typeof DockerConfig>> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return {};
  const parsed = DockerConfig.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new GateError("registry-failed", `${printable(path)} cannot be read.`, {
    remedy: "Mend it, or log in again with `docker login`.",
  });
}

function readEntry(entry: z.infer<typeof Entry>): Credentials | null {
  if (entry.identitytoken) return { kind: "token", secret: entry.identitytoken };
  if (entry.username && entry.password)
    return { kind: "password", username: entry.username, secret: entry.password };
  const plain = Buffer.from(entry.auth ?? "", "base64").toString("utf8");
  const colon = plain.indexOf(":");
  if (colon < 1) return null;
  return { kind: "password", username: plain.slice(0, colon), secret: plain.slice(colon + 1) };
}

/** Asks `docker-credential-NAME get`; null where it knows nothing of the host. */
function askHelper(
  helper: string,
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<Credentials | null> {
  if (!HELPER_NAME.test(helper)) throw helperFailed(helper, "its name is not allowed", undefined);
  return new Promise((resolve, reject) => {
    const options = { timeout: PATIENCE_MS, maxBuffer: 64 * 1024, env: environment };
    const child = execFile(
      `docker-credential-${helper}`,
      ["get"],
      options,
      (error, stdout, stderr) => {
        // The protocol's words for "nothing is kept": they come on stdout with a non-zero end.
        if (error !== null && /credentials not found/iu.test(stdout)) return resolve(null);
        if (error !== null) return reject(helperFailed(helper, stderr || error.message, error));
        const answer = HelperAnswer.safeParse(parseJson(stdout));
        if (!answer.success) return reject(helperFailed(helper, "its answer is no JSON", null));
        const { Username: username, Secret: secret } = answer.data;
        resolve(
          username === "<token>"
            ? { kind: "token", secret }
            : { kind: "password", username, secret },
        );
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(host);
  });
}

function helperFailed(helper: string, why: string, cause: unknown): GateError {
  return new GateError(
    "registry-failed",
    `The credential helper docker-credential-${printable(helper)} failed: ${printable(why.trim(), 300)}.`,
    { remedy: "Try `docker login`, then again.", cause },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
