import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { signBundle, verifyBundle } from "../../../server/adapters/signing/bundle.ts";
import { findSigner } from "../../../server/adapters/signing/find-signer.ts";
import { createKey, importKey, openKey } from "../../../server/adapters/signing/key-file.ts";
import { signStatement } from "../../../server/adapters/signing/sign.ts";
import { findGitKey } from "../../../server/adapters/signing/ssh-key.ts";
import { verifyEnvelope } from "../../../server/adapters/signing/verify.ts";
import { PAYLOAD_TYPE, preAuthEncoding } from "../../../server/core/attest/envelope.ts";
import type { Signer } from "../../../server/engine/ports.ts";
import { makeFolder, makeRepository } from "../scratch-repository.ts";
import { makeSshKey, NOW, signal, STATEMENT, trusted } from "./keys.ts";

interface BundleParts {
  mediaType: string;
  verificationMaterial: unknown;
  dsseEnvelope: { payload: string; payloadType: string; signatures: unknown[] };
}

const PASSPHRASE = "correct horse battery";

async function ownKey(type: "ed25519" | "ecdsa-p256"): Promise<Signer> {
  const file = join(makeFolder(), "key.pem");
  await createKey(type, { file, passphrase: null });
  return openKey(file, null);
}

function repositoryWithKey(type: string) {
  const repository = makeRepository();
  const { file, key } = makeSshKey(makeFolder(), type);
  repository.git("config", "gpg.format", "ssh");
  repository.git("config", "user.signingKey", file);
  return { repository, file, key };
}

describe("signStatement with git's SSH key", () => {
  test.for(["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-3072"])(
    "an %s key signs what we and ssh-keygen verify",
    async (type) => {
      const { repository, key } = repositoryWithKey(type);
      const signer = await findGitKey(repository.root);
      if (signer === null) throw new Error("The key was not found.");
      expect(signer.publicKey).toEqual(key);
      const envelope = await signStatement(STATEMENT, signer, signal);
      expect(verifyEnvelope(envelope, [trusted(key)], NOW)).toMatchObject({
        holds: true,
        verified: { statement: STATEMENT, signers: [{ principals: ["ada@shop.example"] }] },
      });
      const folder = makeFolder();
      const armored = envelope.signatures[0]?.sig.replaceAll(/.{70}/gu, "$&\n") ?? "";
      writeFileSync(
        join(folder, "sig"),
        `-----BEGIN SSH SIGNATURE-----\n${armored}\n-----END SSH SIGNATURE-----\n`,
      );
      writeFileSync(join(folder, "signers"), `ada@shop.example ${key.type} ${key.blob}\n`);
      const options = ["-f", "signers", "-I", "ada@shop.example", "-n", "shipgate", "-s", "sig"];
      const said = execFileSync("ssh-keygen", ["-Y", "verify", ...options], {
        cwd: folder,
        input: preAuthEncoding(PAYLOAD_TYPE, Buffer.from(envelope.payload, "base64")),
        encoding: "utf8",
      });
      expect(said).toContain('Good "shipgate" signature for ada@shop.example');
    },
  );

  test("a key that only the agent holds signs", async () => {
    const folder = makeFolder();
    const socket = join(folder, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    onTestFinished(() => void agent.kill());
    const { file, key } = makeSshKey(folder, "ed25519");
    await expect.poll(() => listAgent(socket)).not.toBeNull();
    execFileSync("ssh-add", ["-q", file], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: "pipe",
    });
    const repository = makeRepository();
    repository.git("config", "gpg.format", "ssh");
    repository.git("config", "user.signingKey", `key::${key.type} ${key.blob}`);
    const before = process.env["SSH_AUTH_SOCK"];
    process.env["SSH_AUTH_SOCK"] = socket;
    onTestFinished(() => {
      if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
      else process.env["SSH_AUTH_SOCK"] = before;
    });
    const signer = await findGitKey(repository.root);
    expect(signer?.origin).toBe("ssh-agent");
    const envelope = signer && (await signStatement(STATEMENT, signer, signal));
    expect(verifyEnvelope(envelope, [trusted(key)], NOW)).toMatchObject({ holds: true });
  });

  test("a key that nobody holds any more says so", async () => {
    const { repository, file } = repositoryWithKey("ed25519");
    repository.git("config", "user.signingKey", `${file}-gone`);
    await expect(findGitKey(repository.root)).rejects.toMatchObject({ code: "signing-failed" });
  });

  test.for(["gpg", "x509", ""])("git's format `%s` is not ours to use", async (format) => {
    const { repository } = repositoryWithKey("ed25519");
    repository.git("config", "gpg.format", format);
    expect(await findGitKey(repository.root)).toBeNull();
  });

  test("a program that the repository's settings name is not run", async () => {
    const { repository } = repositoryWithKey("ed25519");
    const marker = join(makeFolder(), "ran");
    repository.git("config", "gpg.ssh.program", `touch ${marker}`);
    repository.git("config", "gpg.ssh.defaultKeyCommand", `touch ${marker}`);
    const signer = await findGitKey(repository.root);
    if (signer === null) throw new Error("The key was not found.");
    await signStatement(STATEMENT, signer, signal);
    await expect(readFile(marker)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("signStatement with a key of ours", () => {
  test.for(["ed25519", "ecdsa-p256"] as const)("an %s key signs an envelope", async (type) => {
    const signer = await ownKey(type);
    const envelope = await signStatement(STATEMENT, signer, signal);
    expect(verifyEnvelope(envelope, [trusted(signer.publicKey)], NOW)).toMatchObject({
      holds: true,
      verified: { statement: STATEMENT },
    });
  });

  test.for(["ed25519", "ecdsa-p256"] as const)(
    "an %s key signs a bundle that sigstore's verifier takes",
    async (type) => {
      const signer = await ownKey(type);
      const bundle = await signBundle(STATEMENT, signer, signal);
      expect(bundle.mediaType).toBe("application/vnd.dev.sigstore.bundle.v0.3+json");
      const keys = [trusted(signer.publicKey)];
      expect(await verifyBundle(bundle, keys, NOW)).toMatchObject({ holds: true });
    },
  );

  test.for<[string, (bundle: BundleParts) => void]>([
    ["the payload", (it) => void (it.dsseEnvelope.payload = encode({ ...STATEMENT, subject: [] }))],
    ["the payload's type", (it) => void (it.dsseEnvelope.payloadType = "text/plain")],
    ["the signature", (it) => void (it.dsseEnvelope.signatures = [{ keyid: "", sig: "AAAA" }])],
    ["no signature", (it) => void (it.dsseEnvelope.signatures = [])],
    ["the key's name", (it) => void (it.verificationMaterial = { publicKey: { hint: "other" } })],
    ["no key", (it) => void (it.verificationMaterial = {})],
    ["the media type", (it) => void (it.mediaType = "application/json")],
  ])("a bundle with %s changed is refused", async ([, tamper]) => {
    const signer = await ownKey("ecdsa-p256");
    const bundle: unknown = structuredClone(await signBundle(STATEMENT, signer, signal));
    tamper(bundle as BundleParts);
    const keys = [trusted(signer.publicKey)];
    expect(await verifyBundle(bundle, keys, NOW)).toMatchObject({ holds: false });
  });

  test("a bundle from a key that is not trusted is refused", async () => {
    const [signer, other] = [await ownKey("ed25519"), await ownKey("ed25519")];
    const bundle = await signBundle(STATEMENT, signer, signal);
    expect(await verifyBundle(bundle, [trusted(other.publicKey)], NOW)).toMatchObject({
      holds: false,
    });
  });

  test("an SSH key is not made to sign a bundle that nobody could verify", async () => {
    const { repository } = repositoryWithKey("ed25519");
    const signer = await findGitKey(repository.root);
    if (signer === null) throw new Error("The key was not found.");
    await expect(signBundle(STATEMENT, signer, signal)).rejects.toMatchObject({
      code: "bad-input",
    });
  });
});

describe("createKey and openKey", () => {
  test("a key under a passphrase opens with it, here and in OpenSSL, and not with another", async () => {
    const file = join(makeFolder(), "deep", "key.pem");
    const key = await createKey("ecdsa-p256", { file, passphrase: PASSPHRASE });
    expect((await openKey(file, PASSPHRASE)).publicKey).toEqual(key);
    const text = await readFile(file, "utf8");
    expect(text).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/u);
    const args = ["pkcs8", "-in", file, "-passin", `pass:${PASSPHRASE}`];
    expect(execFileSync("openssl", args, { encoding: "utf8" })).toContain("BEGIN PRIVATE KEY");
    for (const wrong of ["another passphrase", "", null]) {
      await expect(openKey(file, wrong)).rejects.toMatchObject({ code: "bad-input" });
    }
  });

  test("a key that is there is never written over", async () => {
    const file = join(makeFolder(), "key.pem");
    await createKey("ed25519", { file, passphrase: null });
    const before = await readFile(file, "utf8");
    const again = createKey("ed25519", { file, passphrase: null });
    await expect(again).rejects.toMatchObject({ code: "bad-usage" });
    expect(await readFile(file, "utf8")).toBe(before);
  });

  test("a key that others can read is not used", async () => {
    const file = join(makeFolder(), "key.pem");
    await createKey("ed25519", { file, passphrase: null });
    execFileSync("chmod", ["644", file]);
    await expect(openKey(file, null)).rejects.toMatchObject({ code: "bad-input" });
  });

  test("a short passphrase is refused", async () => {
    const file = join(makeFolder(), "key.pem");
    const made = createKey("ed25519", { file, passphrase: "short" });
    await expect(made).rejects.toMatchObject({ code: "bad-usage" });
  });

  test("OpenSSL's own key is imported and signs", async () => {
    const pem = execFileSync("openssl", ["genpkey", "-algorithm", "ed25519"], { encoding: "utf8" });
    const file = join(makeFolder(), "key.pem");
    const key = await importKey(pem, null, { file, passphrase: PASSPHRASE });
    const envelope = await signStatement(STATEMENT, await openKey(file, PASSPHRASE), signal);
    expect(verifyEnvelope(envelope, [trusted(key)], NOW)).toMatchObject({ holds: true });
  });

  test.for([
    ["an RSA key", ["genpkey", "-algorithm", "rsa"]],
    [
      "a key on another curve",
      ["genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ],
  ] as const)("%s is not imported", async ([, args]) => {
    const pem = execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
    const file = join(makeFolder(), "key.pem");
    const imported = importKey(pem, null, { file, passphrase: null });
    await expect(imported).rejects.toMatchObject({ code: "bad-input" });
  });

  test("what is no key is told as such", async () => {
    const file = join(makeFolder(), "key.pem");
    for (const text of [
      "",
      "hello",
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ]) {
      const imported = importKey(text, null, { file, passphrase: null });
      await expect(imported).rejects.toMatchObject({ code: "bad-input" });
    }
  });
});

describe("findSigner", () => {
  test("git's key is taken before ours, unless ours is named or a bundle is to be signed", async () => {
    const { repository, key } = repositoryWithKey("ed25519");
    const home = makeFolder();
    const file = join(home, "shipgate", "key.pem");
    const own = await createKey("ed25519", { file, passphrase: null });
    const env = { XDG_CONFIG_HOME: home };
    const directory = repository.root;
    expect((await findSigner({ directory, env })).publicKey).toEqual(key);
    expect((await findSigner({ directory, env, form: "plain" })).publicKey).toEqual(own);
    const named = { ...env, SHIPGATE_KEY: file };
    expect((await findSigner({ directory, env: named })).publicKey).toEqual(own);
  });

  test("without any key it says how to get one", async () => {
    const repository = makeRepository();
    repository.git("config", "gpg.format", "openpgp");
    const env = { XDG_CONFIG_HOME: makeFolder() };
    const found = findSigner({ directory: repository.root, env });
    await expect(found).rejects.toMatchObject({
      code: "no-key",
      remedy: expect.stringContaining("shipgate key create"),
    });
  });
});

function listAgent(socket: string): string | null {
  try {
    return execFileSync("ssh-add", ["-L"], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    // Exit 1: the agent answers and has no key yet.
    return error instanceof Error && "status" in error && error.status === 1 ? "" : null;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}
