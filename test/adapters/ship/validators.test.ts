import { execFile, spawn } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, test } from "vitest";

import { findProgram } from "../../../scripts/setup/command.ts";
import { cacheDirectory } from "../../../scripts/setup/directories.ts";
import { PREDICATES } from "../../../server/core/attest/statement.ts";
import { CYCLONEDX } from "../../../server/core/ship/cyclonedx.ts";
import { PROVENANCE } from "../../../server/core/ship/provenance.ts";
import { SPDX } from "../../../server/core/ship/spdx.ts";
import { makeShipment, readStatement } from "./shipment.ts";

const run = promisify(execFile);
/** The validators of SPDX and of in-toto themselves. */
const PACKAGES = ["spdx-tools==0.8.5", "in-toto-attestation==0.9.3"];

const python = await preparePython().catch((error: unknown) => {
  console.warn(`Skipped: the validators of SPDX and in-toto cannot be installed: ${String(error)}`);
  return null;
});

/** A Python with the validators, in the cache; null, said aloud, where this machine has no Python. */
async function preparePython(): Promise<string | null> {
  const folder = join(cacheDirectory(), "validators", PACKAGES.join("_").replaceAll("=", "-"));
  const program = join(folder, "bin", "python");
  if ((await stat(join(folder, "whole")).catch(() => null)) !== null) return program;
  const found = findProgram("python3");
  if (found === null) {
    console.warn("Skipped: this machine has no python3 for the validators of SPDX and in-toto.");
    return null;
  }
  await mkdir(dirname(folder), { recursive: true });
  await run(found, ["-m", "venv", "--clear", folder]);
  await run(program, ["-m", "pip", "install", "--quiet", ...PACKAGES], { timeout: 120_000 });
  await mkdir(join(folder, "whole"));
  return program;
}

async function validate(lines: readonly string[]): Promise<readonly { kind: string }[]> {
  const script = join(import.meta.dirname, "validate-papers.py");
  const child = spawn(python ?? "", [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  const output = await text(child.stdout);
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the papers", () => {
  test.skipIf(python === null)("are what SPDX, in-toto and SLSA say that they are", async () => {
    const { papers } = await makeShipment();
    const told = await validate(papers.map((paper) => JSON.stringify(readStatement(paper))));
    const { approval, attribution, runtimeTrace, testResult, verification } = PREDICATES;
    expect(told).toEqual([
      { kind: PROVENANCE, checked: ["in-toto", "predicate"] },
      { kind: CYCLONEDX, checked: ["in-toto"] },
      { kind: SPDX, checked: ["in-toto", "SPDX"] },
      { kind: testResult, checked: ["in-toto", "predicate"] },
      { kind: runtimeTrace, checked: ["in-toto"] },
      { kind: attribution, checked: ["in-toto"] },
      { kind: approval, checked: ["in-toto"] },
      { kind: verification, checked: ["in-toto", "predicate"] },
    ]);
  });

  test.skipIf(python === null)("would not be taken if they were something else", async () => {
    const { papers } = await makeShipment();
    const statements = papers.map((paper) => structuredClone(readStatement(paper)));
    const [provenance, , spdx] = statements.map(
      (each) => each as unknown as { subject: object[]; predicate: Record<string, unknown> },
    );
    if (provenance === undefined || spdx === undefined) throw new Error("Papers are missing.");
    provenance.predicate["buildDefinition"] = "no object";
    spdx.predicate["spdxVersion"] = "SPDX-9";
    const told = await validate([JSON.stringify(provenance), JSON.stringify(spdx)]);
    expect(told).toEqual([
      { kind: PROVENANCE, error: expect.any(String) },
      { kind: SPDX, error: expect.any(String) },
    ]);
  });

  test("pass CycloneDX's own schema", async () => {
    const { papers } = await makeShipment();
    const bill = papers.map(readStatement).find(({ predicateType }) => predicateType === CYCLONEDX);
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(JSON.stringify(bill?.predicate))).toBe(null);
  });
});
