import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { makeSample, mendSample } from "../../scripts/sample.ts";
import { findProgram } from "../../scripts/setup/command.ts";
import { openOciDirectory } from "../../server/adapters/oci/oci-directory.ts";
import { AnyStatement } from "../../server/core/attest/statement.ts";
import type { Digest } from "../../server/core/digest.ts";
import { CYCLONEDX } from "../../server/core/ship/cyclonedx.ts";
import { referrersTag } from "../../server/core/ship/layout.ts";
import { readManifest, readReferrers } from "../../server/core/ship/read-documents.ts";
import {
  type RealRegistry,
  registryProgram,
  startRegistry,
} from "../adapters/oci/real-registry.ts";
import { git, parseOutput, plant, shipgate } from "../cli/shipgate.ts";
import { engine } from "./box.ts";

const run = promisify(execFile);
const skopeo = findProgram("skopeo");
if (skopeo === null)
  console.warn("Skipped: this machine has no skopeo (on Debian: apt-get install skopeo).");
const LABEL = "dev.shipgate.test-ship";

const folders: string[] = [];

/** A folder that goes away with the file. */
function makeScratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "shipgate-ship-"));
  folders.push(folder);
  return folder;
}

/** What marks the shell of an assistant, which may not approve. */
const NO_ASSISTANT = Object.fromEntries(
  ["CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_SANDBOX", "COPILOT_CLI"].map((it) => [
    it,
    "",
  ]),
);

/** Puts a list of approvers on the main branch, under the uncommitted change. */
async function listApprover(root: string, list: string): Promise<void> {
  await git(root, "stash", "--quiet");
  await plant(root, { ".shipgate/allowed-signers": list });
  await git(root, "add", ".shipgate");
  await git(root, "commit", "--quiet", "--message", "List who may approve");
  await git(root, "branch", "--force", "main");
  await git(root, "stash", "pop", "--quiet");
}

/** The statements that Docker reads beside the image of a layout. */
async function statementsBeside(folder: string): Promise<readonly AnyStatement[]> {
  const store = openOciDirectory(folder);
  const index = readReferrers((await store.getManifest("1.3.0"))?.text ?? "") ?? [];
  const beside = index.find(({ platform }) => platform?.os === "unknown");
  const manifest = readManifest((await store.getManifest(beside?.digest ?? ""))?.text ?? "");
  const statements: AnyStatement[] = [];
  for (const { digest, size } of manifest?.layers ?? []) {
    const bytes = (await store.getBlob(digest, size)) ?? new Uint8Array(0);
    statements.push(AnyStatement.parse(JSON.parse(Buffer.from(bytes).toString())));
  }
  return statements;
}

interface Shipped {
  readonly shipment: {
    readonly digest: Digest;
    readonly index: string;
    readonly reference: string;
  };
}

describe.skipIf(engine === null || registryProgram === null)(
  "ship and verify, on a real registry",
  () => {
    let registry: RealRegistry;
    let root = "";
    let keys = "";
    let env: NodeJS.ProcessEnv = {};
    let first: Shipped["shipment"];

    beforeAll(async () => {
      registry = await startRegistry(registryProgram ?? "");
      const folder = makeScratch();
      ({ root } = await makeSample(join(folder, "order export")));
      await mendSample(root);
      env = { SHIPGATE_KEY: join(folder, "key.pem"), ...NO_ASSISTANT };
      const made = await shipgate(["key", "create", "--unencrypted", "--format", "json"], { env });
      keys = join(folder, "allowed-signers");
      await writeFile(
        keys,
        JSON.parse(made.stdout).allowedSigner.replace(/^\S+/u, "ada@shop.example"),
      );
      await listApprover(root, await readFile(keys, "utf8"));
      await git(root, "commit", "--quiet", "--all", "--message", "Choose the export's delimiter");
      const checked = await shipgate(["-C", root, "check"], { env });
      expect(checked).toMatchObject({ code: 0 });
      const approved = await shipgate(["-C", root, "approve", "--reason", "Looked at it."], {
        env,
      });
      expect(approved).toMatchObject({ code: 0 });
    });
    afterAll(async () => {
      await registry?.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });

    const ship = (...options: string[]) =>
      shipgate(["-C", root, "ship", "--format", "json", ...options], { env });
    const verify = (what: string, ...options: string[]) =>
      shipgate(["-C", root, "verify", "--key", keys, "--format", "json", ...options, what], {
        env,
      });

    test("shows the plan first and ships nothing when asked to", async () => {
      const { code, stdout } = await ship("--dry-run");
      const { plan, shipment } = parseOutput("ship", stdout) as {
        plan: Record<string, unknown>;
        shipment: null;
      };
      expect([code, shipment]).toEqual([0, null]);
      expect(plan["files"]).toEqual(expect.arrayContaining(["package.json", "src/server.ts"]));
      expect(plan["files"]).not.toContain("test/server.test.ts");
      expect(plan["packages"]).toEqual(expect.arrayContaining([expect.stringMatching(/^debug@/u)]));
      expect(plan["dockerfile"]).toContain('ENTRYPOINT ["/usr/bin/node","src/server.ts"]');
    });

    test("pushes to the registry, and twice the same image", async () => {
      const target = `${registry.host}/shop/order-export`;
      const once = await ship("--to", target);
      expect(once).toMatchObject({ code: 0 });
      first = (parseOutput("ship", once.stdout) as unknown as Shipped).shipment;
      const twice = await ship("--to", target);
      expect((JSON.parse(twice.stdout) as Shipped).shipment).toMatchObject({
        digest: first.digest,
        index: first.index,
      });
      const listed = await fetch(
        `http://${target.replace("/", "/v2/")}/manifests/${referrersTag(first.digest)}`,
        {
          headers: { accept: "application/vnd.oci.image.index.v1+json" },
        },
      );
      expect(((await listed.json()) as { manifests: unknown[] }).manifests).toHaveLength(8);
    });

    test("verifies with the public key alone", async () => {
      const { code, stdout } = await verify(`${registry.host}/shop/order-export:1.3.0`);
      const { digest, links } = parseOutput("verify", stdout) as {
        digest: string;
        links: { name: string; status: string }[];
      };
      expect(digest).toBe(first.digest);
      expect(links.filter(({ status }) => status !== "proven")).toEqual([]);
      expect(code).toBe(0);
      expect(await verify(first.reference, "--require", "run,approval")).toMatchObject({ code: 0 });
      const other = await verify(first.reference, "--name", "registry.example/other");
      expect(other).toMatchObject({ code: 1, stdout: expect.stringMatching(/was made for/u) });
    });

    test("is pulled by digest, and runs as 65532 without a shell", async () => {
      if (engine === null) return;
      const { docker } = engine;
      const stream = await docker.pull(first.reference);
      await new Promise<void>((done, fail) =>
        docker.modem.followProgress(stream, (error) => (error ? fail(error) : done())),
      );
      const image = docker.getImage(first.reference);
      const { Config } = await image.inspect();
      expect(Config.Labels).toMatchObject({ "org.opencontainers.image.version": "1.3.0" });
      const container = await docker.createContainer({
        Image: first.reference,
        Labels: { [LABEL]: "1" },
        HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] },
      });
      try {
        await container.start();
        const ask = `const end = Date.now() + 20000; for (;;) { try { const { status } = await fetch("http://127.0.0.1:" + (process.env.PORT ?? 8080) + "/orders"); console.log(process.getuid(), status); break; } catch (error) { if (Date.now() > end) throw error; } }`;
        const exec = await container.exec({
          Cmd: ["/usr/bin/node", "--input-type=module", "-e", ask],
          AttachStdout: true,
          AttachStderr: true,
        });
        const output = await exec.start({});
        const text = Buffer.concat((await output.toArray()) as Buffer[])
          .subarray(8)
          .toString();
        expect(text).toMatch(/^65532 \d{3}\n$/u);
      } finally {
        await container.remove({ force: true });
        await image.remove({ force: true });
      }
    });

    test.skipIf(skopeo === null)("is an image to skopeo", async () => {
      const { stdout } = await run(skopeo ?? "", [
        "inspect",
        "--tls-verify=false",
        `docker://${first.reference}`,
      ]);
      expect(JSON.parse(stdout)).toMatchObject({ Digest: first.digest, Os: "linux" });
      const folder = makeScratch();
      const source = `docker://${registry.host}/shop/order-export:1.3.0`;
      await run(skopeo ?? "", [
        "copy",
        "--src-tls-verify=false",
        "--all",
        "--preserve-digests",
        source,
        `oci:${folder}:1.3.0`,
      ]);
      const copied = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
      expect(copied.manifests[0].digest).toBe(first.index);
    });

    test("writes the same image into a folder, with papers that CycloneDX's own schema takes", async () => {
      const folder = makeScratch();
      const { stdout, code } = await ship("--output", folder);
      expect(code).toBe(0);
      expect((JSON.parse(stdout) as Shipped).shipment.digest).toBe(first.digest);
      expect(await verify(folder)).toMatchObject({ code: 0 });
      const bill = (await statementsBeside(folder)).find(
        ({ predicateType }) => predicateType === CYCLONEDX,
      );
      const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
      expect(await validator.validate(JSON.stringify(bill?.predicate))).toBe(null);
    });

    test("finds what was tampered with in the registry's own storage", async () => {
      const tag = `${registry.host}/shop/order-export:1.3.0`;
      const path = join(
        registry.folder,
        "data/docker/registry/v2/blobs/sha256",
        first.digest.slice(7, 9),
        first.digest.slice(7),
        "data",
      );
      const before = await readFile(path);
      await writeFile(
        path,
        before.toString().replace("65532", "00000").replace('"size":', '"size": '),
      );
      const { code, stdout } = await verify(tag).finally(() => writeFile(path, before));
      expect(code).not.toBe(0);
      expect(stdout).not.toContain('"status": "pass"');
      expect(await verify(tag)).toMatchObject({ code: 0 });
    });

    test("refuses a tree that is not the commit, and a detached HEAD, with the next step", async () => {
      await writeFile(join(root, "note.txt"), "not committed");
      const dirty = await ship("--dry-run");
      expect(dirty).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/not the commit.*\n.*git status/u),
      });
      await rm(join(root, "note.txt"));
      await git(root, "switch", "--quiet", "--detach");
      const detached = await ship("--dry-run");
      await git(root, "switch", "--quiet", "-");
      expect(detached).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/detached.*\n.*git switch/u),
      });
    });

    test("refuses what the gate does not let through, with the verdict's exit code", async () => {
      const sample = await makeSample(join(makeScratch(), "bad"), { hook: null });
      await git(sample.root, "commit", "--quiet", "--all", "--message", "Not mended");
      const { code, stdout } = await shipgate(
        ["-C", sample.root, "ship", "--dry-run", "--format", "json"],
        { env },
      );
      expect(parseOutput("ship", stdout)).toMatchObject({
        status: "fail",
        plan: null,
        shipment: null,
      });
      expect(code).toBe(1);
    });
  },
);
