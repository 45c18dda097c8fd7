import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const english = JSON.parse(read("package.nls.json")) as Record<string, string>;
const german = JSON.parse(read("package.nls.de.json")) as Record<string, string>;
const bundle = JSON.parse(read("media/l10n/bundle.l10n.de.json")) as Record<string, string>;

/** The texts that the extension's code hands to `l10n.t`, as they stand there. */
function textsInCode(): readonly string[] {
  const files = readdirSync(join(root, "extension"), { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) =>
      Array.from(read(join("extension", name)).matchAll(/l10n\.t\(\s*"([^"]+)"/gu)),
    )
    .map(([, text]) => text ?? "");
}

const placeholders = (text: string) => (text.match(/\{\d+\}|\$\([\w~-]+\)/gu) ?? []).toSorted();
const links = (text: string) => (text.match(/\]\([^)]+\)/gu) ?? []).toSorted();

describe("the texts of package.json", () => {
  const used = [...read("package.json").matchAll(/"%([^%"]+)%"/gu)].map(([, key]) => key ?? "");

  test("are all there in English and German, and no others", () => {
    expect(used.length).toBeGreaterThan(20);
    const keys = [...new Set(used)].toSorted();
    expect(Object.keys(english).toSorted()).toEqual(keys);
    expect(Object.keys(german).toSorted()).toEqual(keys);
  });

  test("lead to the same places in both languages", () => {
    for (const [key, text] of Object.entries(english)) {
      expect(links(german[key] ?? ""), key).toEqual(links(text));
    }
  });

  test("call only commands of the editor, of git, or of ours", () => {
    const { contributes } = JSON.parse(read("package.json")) as {
      contributes: { commands: { command: string }[] };
    };
    const ours = new Set(contributes.commands.map(({ command }) => command));
    for (const text of Object.values(english)) {
      for (const [, command = ""] of text.matchAll(/\(command:([\w.]+)/gu)) {
        const isTheirs = /^(?:vscode|workbench|git)\./u.test(command);
        expect(isTheirs || ours.has(command), command).toBe(true);
      }
    }
  });
});

describe("the texts of the extension's code", () => {
  test("are all translated, and no others are", () => {
    expect(Object.keys(bundle).toSorted()).toEqual([...new Set(textsInCode())].toSorted());
  });

  test("keep their places and icons in translation", () => {
    for (const [text, translated] of Object.entries(bundle)) {
      expect(placeholders(translated), text).toEqual(placeholders(text));
    }
  });
});
