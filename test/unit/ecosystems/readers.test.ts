import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { cargo } from "../../../server/ecosystems/cargo/cargo.ts";
import { composer } from "../../../server/ecosystems/composer/composer.ts";
import { docker } from "../../../server/ecosystems/docker/docker.ts";
import type { Ecosystem } from "../../../server/ecosystems/ecosystem.ts";
import { gem } from "../../../server/ecosystems/gem/gem.ts";
import { github } from "../../../server/ecosystems/github/github.ts";
import { golang } from "../../../server/ecosystems/golang/golang.ts";
import { maven } from "../../../server/ecosystems/maven/maven.ts";
import { nuget } from "../../../server/ecosystems/nuget/nuget.ts";
import { pypi } from "../../../server/ecosystems/pypi/pypi.ts";

interface Case {
  readonly ecosystem: Ecosystem;
  readonly file: string;
  /** Where the file stands in a repository, when that is not its own name. */
  readonly path?: string;
}

const CASES: readonly Case[] = [
  { ecosystem: pypi, file: "requirements.txt" },
  { ecosystem: pypi, file: "pyproject.toml" },
  { ecosystem: pypi, file: "Pipfile" },
  { ecosystem: pypi, file: "poetry.lock" },
  { ecosystem: pypi, file: "uv.lock" },
  { ecosystem: pypi, file: "Pipfile.lock" },
  { ecosystem: pypi, file: "pylock.toml" },
  { ecosystem: golang, file: "go.mod" },
  { ecosystem: golang, file: "go.sum" },
  { ecosystem: cargo, file: "Cargo.toml" },
  { ecosystem: cargo, file: "Cargo.lock" },
  { ecosystem: maven, file: "pom.xml" },
  { ecosystem: maven, file: "gradle.lockfile" },
  { ecosystem: maven, file: "libs.versions.toml", path: "gradle/libs.versions.toml" },
  { ecosystem: gem, file: "Gemfile" },
  { ecosystem: gem, file: "Gemfile.lock" },
  { ecosystem: nuget, file: "packages.lock.json" },
  { ecosystem: composer, file: "composer.lock" },
  { ecosystem: docker, file: "Dockerfile" },
  { ecosystem: docker, file: "compose.yaml" },
  { ecosystem: github, file: "workflow.yml", path: ".github/workflows/ci.yml" },
];

function read({ ecosystem, file, path = file }: Case) {
  const text = readFileSync(
    new URL(`../../fixtures/ecosystems/${ecosystem.name}/${file}`, import.meta.url),
    "utf8",
  );
  const isLock = ecosystem.isLockfile(path);
  expect(isLock || ecosystem.isManifest(path), `${path} is recognised`).toBe(true);
  return {
    text,
    packages: isLock ? ecosystem.readLockfile(path, text) : ecosystem.readManifest(path, text),
  };
}

describe("readers", () => {
  test.for(CASES)("read $file as recorded", (which) => {
    const { text, packages } = read(which);
    const lines = text.split("\n");
    for (const { name, line } of packages.packages) {
      const base =
        name
          .replace(/\.gradle\.plugin$/, "")
          .split(/[/:]/)
          .at(-1)
          ?.replaceAll(/[-_.]/g, "[-_.]") ?? "";
      const near = lines.slice(line - 1, line + 1).join("\n");
      expect(near, `${name} stands at line ${line}`).toMatch(new RegExp(`${base}|\\$`, "i"));
    }
    const rows = packages.packages.map(
      ({ purl, version, line, direct, dev, source, integrity }) =>
        `${line} ${purl} ${version ?? "-"} ${direct ? "direct" : "transitive"}${dev ? " dev" : ""} ${source} ${integrity ?? "-"}`,
    );
    const mistakes = packages.mistakes.map(({ line, message }) => `${line} ! ${message}`);
    expect([...rows, ...mistakes]).toMatchSnapshot();
  });
});
