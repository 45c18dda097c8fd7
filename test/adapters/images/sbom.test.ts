import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, test } from "vitest";

import { imageSbom } from "../../../server/adapters/images/sbom.ts";
import { sha256Digest } from "../../../server/core/digest.ts";
import type { ImagePart } from "../../../server/core/images/parts.ts";

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
const parts: readonly ImagePart[] = [
  {
    purl: "pkg:deb/debian/libc6@2.36-9?arch=amd64",
    name: "libc6",
    version: "2.36-9",
    hash: { algorithm: "SHA-256", hex: "ab".repeat(32) },
    within: null,
  },
  {
    purl: "pkg:npm/npm@11.0.0",
    name: "npm",
    version: "11.0.0",
    hash: { algorithm: "SHA-512", hex: "cd".repeat(64) },
    within: null,
  },
  {
    purl: "pkg:npm/%40npmcli/arborist@9.0.0",
    name: "@npmcli/arborist",
    version: "9.0.0",
    hash: null,
    within: "pkg:npm/npm@11.0.0",
  },
];
const subject = {
  recipe: "node-24",
  tag: "localhost/shipgate/node-24:abcdefabcdef",
  configDigest: sha256Digest("config"),
  manifestDigest: sha256Digest("manifest"),
  created: "2026-01-02T03:04:05.000Z",
  parts,
};

describe("imageSbom", () => {
  test("is valid CycloneDX 1.6", async () => {
    expect(await validator.validate(imageSbom(subject))).toBeNull();
  });

  test("is told from an invalid one by that validator", async () => {
    const broken = imageSbom(subject).replace('"SHA-256"', '"SHA-1000"');
    expect(await validator.validate(broken)).not.toBeNull();
  });

  test("gives the same bytes again, in any order of parts, and others for another image", () => {
    const text = imageSbom(subject);
    expect(imageSbom({ ...subject, parts: parts.toReversed() })).toBe(text);
    expect(imageSbom({ ...subject, manifestDigest: sha256Digest("other") })).not.toBe(text);
  });

  test("names hashes, group, references and what came within what", () => {
    const bom = JSON.parse(imageSbom(subject)) as {
      components: { "bom-ref": string; group?: string; hashes?: unknown }[];
      dependencies: { ref: string; dependsOn?: string[] }[];
      metadata: { component: { "bom-ref": string } };
    };
    expect(bom.metadata.component["bom-ref"]).toBe(subject.configDigest);
    expect(bom.components.map((component) => component["bom-ref"]).toSorted()).toEqual(
      parts.map(({ purl }) => purl).toSorted(),
    );
    expect(bom.components.find(({ group }) => group === "@npmcli")).toMatchObject({
      name: "arborist",
    });
    expect(bom.dependencies).toContainEqual({
      ref: "pkg:npm/npm@11.0.0",
      dependsOn: ["pkg:npm/%40npmcli/arborist@9.0.0"],
    });
    expect(
      bom.components.find((component) => component["bom-ref"].includes("libc6"))?.hashes,
    ).toEqual([{ alg: "SHA-256", content: "ab".repeat(32) }]);
  });
});
