import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const run = promisify(execFile);
const REPOSITORY = dirname(dirname(import.meta.dirname));

/** Hosts of public registries, in parts so that this file does not name them. Which one is used is the machine's affair. */
const HOSTS = [
  ["registry.n", "pmjs.org"],
  ["registry.y", "arnpkg.com"],
  ["n", "pmjs.com"],
  ["py", "pi.org"],
  ["files.python", "hosted.org"],
  ["deb.de", "bian.org"],
  ["security.de", "bian.org"],
  ["snapshot.de", "bian.org"],
  ["archive.ubu", "ntu.com"],
  ["crates", ".io"],
  ["proxy.go", "lang.org"],
  ["repo1.ma", "ven.org"],
  ["repo.ma", "ven.apache.org"],
].map((parts) => parts.join(""));

/** Where this checkout lies, and the folder of the machine on which much of it was written. */
const MACHINE = [`${REPOSITORY}/`, ["", "work", ""].join("/")];

async function trackedTexts(): Promise<
  readonly { readonly path: string; readonly text: string }[]
> {
  const { stdout } = await run("git", ["-C", REPOSITORY, "ls-files", "-z"], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = stdout.split("\0").filter((path) => path !== "");
  const texts: { path: string; text: string }[] = [];
  for (const path of paths) {
    const text = await readFile(join(REPOSITORY, path), "utf8").catch(() => null);
    if (text !== null && !text.includes("\0")) texts.push({ path, text });
  }
  return texts;
}

test("no tracked file names a public registry's host", async () => {
  const found = (await trackedTexts()).flatMap(({ path, text }) =>
    HOSTS.filter((host) => text.toLowerCase().includes(host)).map((host) => `${path}: ${host}`),
  );
  expect(found).toEqual([]);
});

test("no tracked file names a folder of the machine that it was written on", async () => {
  const found = (await trackedTexts()).filter(({ text }) =>
    MACHINE.some((it) => text.includes(it)),
  );
  expect(found.map(({ path }) => path)).toEqual([]);
});

test("no lock file says where a package was fetched from", async () => {
  const locks = (await trackedTexts()).filter(({ path }) => path.endsWith("package-lock.json"));
  expect(locks.length).toBeGreaterThan(1);
  for (const { path, text } of locks) {
    if (path.includes("/fixtures/")) continue;
    const packages: Record<string, object> = JSON.parse(text).packages;
    const told = Object.entries(packages).filter(([, entry]) => "resolved" in entry);
    expect(told, path).toEqual([]);
  }
});
