import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";

import { NAMESPACE, parsePublicKey, type PublicKey } from "../../core/attest/trusted-keys.ts";
import { printable } from "../../core/printable.ts";
import { cancelled, GateError } from "../../engine/errors.ts";
import type { Signer } from "../../engine/ports.ts";
import { type GitContext, readGit } from "../git/process.ts";

/** Longest that a person may take to touch a key or type a passphrase, in milliseconds. */
const TIMEOUT_MS = 120_000;

/**
 * The SSH key that git is set up to sign with (`gpg.format = ssh`, `user.signingKey`): a private
 * key file, or a public key whose private half the agent holds. Null where git is set up for none.
 * Signs through ssh-keygen, so the private key never passes through this process.
 */
export async function findGitKey(directory: string): Promise<Signer | null> {
  const context = { directory };
  if ((await readSetting(context, "gpg.format")) !== "ssh") return null;
  const named = await readSetting(context, "user.signingKey");
  if (named === "") return null;
  const literal = parsePublicKey(named.replace(/^key::/u, ""));
  return literal === null ? openFile(named, directory) : openLiteral(literal);
}

/** Git's own value of a setting; empty where there is none. */
async function readSetting(context: GitContext, name: string): Promise<string> {
  return readGit(context, ["config", "--get", name], { accept: [1] });
}

async function openFile(named: string, directory: string): Promise<Signer> {
  const path = named.startsWith("~/")
    ? join(process.env["HOME"] ?? homedir(), named.slice(2))
    : named;
  const file = isAbsolute(path) ? path : join(directory, path);
  const line = await readFile(file.endsWith(".pub") ? file : `${file}.pub`, "utf8").catch(
    async () => runKeygen(["-y", "-P", "", "-f", file], "", AbortSignal.timeout(TIMEOUT_MS)),
  );
  const publicKey = parsePublicKey(line.toString());
  if (publicKey === null) throw notUnderstood(file);
  return {
    publicKey,
    form: "sshsig",
    origin: file,
    sign: (data, signal) => signWith(["-f", file], data, signal),
  };
}

function openLiteral(publicKey: PublicKey): Signer {
  return {
    publicKey,
    form: "sshsig",
    origin: "ssh-agent",
    sign: async (data, signal) => {
      const folder = await mkdtemp(join(tmpdir(), "shipgate-key-"));
      try {
        const file = join(folder, "key.pub");
        await writeFile(file, `${publicKey.type} ${publicKey.blob}\n`, { mode: 0o600 });
        return await signWith(["-f", file, "-U"], data, signal);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function signWith(
  key: readonly string[],
  data: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const armored = (
    await runKeygen(["-Y", "sign", "-q", "-n", NAMESPACE, ...key], data, signal)
  ).toString();
  const match = /-----BEGIN SSH SIGNATURE-----(?<body>[^-]+)-----END SSH SIGNATURE-----/u.exec(
    armored,
  );
  if (match === null) throw signingFailed("ssh-keygen printed no signature", undefined);
  return Buffer.from(match.groups?.["body"] ?? "", "base64");
}

function runKeygen(
  args: readonly string[],
  input: Uint8Array | string,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: "buffer",
      timeout: TIMEOUT_MS,
      maxBuffer: 1024 * 1024,
      signal,
    } as const;
    const child = execFile("ssh-keygen", args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal.aborted) reject(cancelled("Signing"));
      else reject(signingFailed(stderr.toString("utf8").trim() || error.message, error));
    });
    // ssh-keygen may refuse before it has read everything; its exit code tells.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function signingFailed(why: string, cause: unknown): GateError {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  return new GateError(
    "signing-failed",
    isMissing
      ? "The program `ssh-keygen` was not found on the PATH."
      : `The SSH key could not be used: ${printable(why.replaceAll(/\s*\n\s*/gu, "; "), 300)}`,
    {
      remedy: isMissing
        ? "Install OpenSSH, or make a key with `shipgate key create`."
        : "Load the key with `ssh-add`, or look at git's `user.signingKey`.",
      cause,
    },
  );
}

function notUnderstood(file: string): GateError {
  return new GateError(
    "bad-input",
    `The SSH key ${printable(file, 1000)} is of a kind that is not understood.`,
    {
      remedy: "Use an Ed25519, ECDSA or RSA key, or make one with `shipgate key create`.",
    },
  );
}
