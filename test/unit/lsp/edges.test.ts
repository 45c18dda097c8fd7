import { describe, expect, test } from "vitest";

import { diagnosticsByUri } from "../../../server/lsp/diagnostics.ts";
import { authorText } from "../../../server/lsp/hover.ts";
import { Publisher } from "../../../server/lsp/publish.ts";
import { DEFAULT_SETTINGS, parseSettings } from "../../../server/lsp/settings.ts";
import { directoryOf, normalized, pathOf, uriOf } from "../../../server/lsp/uris.ts";
import { aFinding } from "../../lsp/reviews.ts";

describe("parseSettings", () => {
  test.for([
    undefined,
    null,
    3,
    "x",
    [],
    { enable: "yes" },
    { engine: null },
    { engine: { host: 1 } },
  ])("takes the defaults for nonsense: %j", (section) => {
    expect(parseSettings(section, true)).toEqual(DEFAULT_SETTINGS);
  });

  test("takes an engine's address only in a trusted workspace", () => {
    const section = { enable: true, engine: { host: " ssh://build.example " } };
    expect(parseSettings(section, true).engineHost).toBe("ssh://build.example");
    expect(parseSettings(section, false).engineHost).toBeNull();
  });
});

describe("pathOf", () => {
  test("is the way back from uriOf, whatever the name", () => {
    for (const path of ["a.ts", "ü/b c.ts", "100%.ts", "a#b?.ts", "[x]/(y).ts"]) {
      expect(pathOf("/w/shop", uriOf("/w/shop", path))).toBe(path);
    }
  });

  test.for([
    "file:///w/shopping/a.ts",
    "file:///w/shop",
    "file:///w/shop/../b.ts",
    "untitled:a",
    "vscode-vfs://github/a/b",
    "file:///w/shop/%2e%2e/%2e%2e/etc/passwd",
    "file:///w/%zz",
    "nonsense",
  ])("is null for what lies elsewhere: %s", (uri) => {
    expect(pathOf("/w/shop", uri)).toBeNull();
  });
});

describe("normalized", () => {
  test("gives what two ends spell differently one spelling", () => {
    expect(normalized("file:///w/%C3%BC%20b%28.ts")).toBe(normalized("file:///w/ü b(.ts"));
    expect(directoryOf("https://x.example/")).toBeNull();
  });
});

describe("Publisher", () => {
  test("does not let one folder wipe what another one of the same repository says", () => {
    const last = new Map<string, number>();
    const publisher = new Publisher((uri, list) => last.set(uri, list.length));
    const uri = "file:///w/package.json";
    const one = diagnosticsByUri([aFinding()], () => uri);
    publisher.publish("a", one);
    publisher.publish("b", one);
    expect(last.get(uri)).toBe(1);
    publisher.clear("a");
    expect(last.get(uri)).toBe(1);
    publisher.clear("b");
    expect(last.get(uri)).toBe(0);
  });
});

describe("authorText", () => {
  test("names an assistant only where one is on record", () => {
    expect(authorText({ kind: "unknown" })).toBeNull();
  });

  test("does not let a session's name be Markdown", () => {
    const by = { agent: "[x](command:y)", session: "**s**" };
    const text = authorText({ kind: "ai", by, source: "hook", confidence: "proven" });
    expect(text).toContain(String.raw`\[x\]\(command\:y\)`);
    expect(text).toContain(String.raw`\*\*s\*\*`);
  });
});
