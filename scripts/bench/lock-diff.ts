import { diffPackages } from "../../server/ecosystems/diff-packages.ts";
import { npm } from "../../server/ecosystems/npm/npm.ts";

/** How many packages each lock file has. */
const PACKAGES = 5_000;

interface Made {
  readonly path: string;
  /** A lock file in which every hundredth package has the version that `moved` gives it. */
  readonly make: (moved: string) => string;
}

const integrity = (at: number): string => `sha512-${String(at).padStart(86, "A")}==`;
const versionOf = (at: number, moved: string): string => (at % 100 === 0 ? moved : "1.0.0");
const numbers = Array.from({ length: PACKAGES }, (_, at) => at);

const LOCKS: readonly Made[] = [
  {
    path: "package-lock.json",
    make: (moved) =>
      JSON.stringify(
        {
          lockfileVersion: 3,
          packages: Object.fromEntries(
            numbers.map((at) => [
              `node_modules/made-${at}`,
              {
                version: versionOf(at, moved),
                integrity: integrity(at),
                license: "MIT",
                dependencies: { other: "^1.0.0" },
              },
            ]),
          ),
        },
        null,
        2,
      ),
  },
  {
    path: "yarn.lock",
    make: (moved) =>
      `# yarn lockfile v1\n\n${numbers.map((at) => `\nmade-${at}@^1.0.0:\n  version "${versionOf(at, moved)}"\n  integrity ${integrity(at)}\n  dependencies:\n    other "^1.0.0"\n`).join("")}`,
  },
  {
    path: "pnpm-lock.yaml",
    make: (moved) =>
      `lockfileVersion: '9.0'\n\npackages:\n${numbers.map((at) => `\n  made-${at}@${versionOf(at, moved)}:\n    resolution: {integrity: ${integrity(at)}}\n    engines: {node: '>=18'}\n`).join("")}`,
  },
  {
    path: "bun.lock",
    make: (moved) =>
      `{\n  "lockfileVersion": 1,\n  "packages": {\n${numbers.map((at) => `    "made-${at}": ["made-${at}@${versionOf(at, moved)}", "", {}, "${integrity(at)}"],\n`).join("")}  },\n}\n`,
  },
];

/** Milliseconds that it takes to read and compare two lock files of 5,000 packages, by the file's name; the best of five. */
export function measureLockDiff(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    LOCKS.map(({ path, make }) => {
      const [before, after] = [make("1.0.1"), make("1.0.2")];
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round += 1) {
        const start = performance.now();
        const { changed } = diffPackages(
          npm.readLockfile(path, before).packages,
          npm.readLockfile(path, after).packages,
        );
        if (changed.length !== PACKAGES / 100) throw new Error(`${path} was not read right.`);
        best = Math.min(best, performance.now() - start);
      }
      return [path, Math.round(best)];
    }),
  );
}

if (import.meta.main) console.log(JSON.stringify(measureLockDiff()));
