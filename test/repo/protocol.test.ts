import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import * as protocol from "../../server/protocol.ts";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs/protocol.md"), "utf8");

describe("docs/protocol.md", () => {
  test("was read again since server/protocol.ts last changed", () => {
    const source = readFileSync(join(root, "server/protocol.ts"));
    const hash = createHash("sha256").update(source).digest("hex").slice(0, 16);
    expect(
      page,
      `Bring docs/protocol.md up to date, then put "protocol.ts: ${hash}" into it.`,
    ).toContain(`<!-- protocol.ts: ${hash} -->`);
  });

  test("names every message and command", () => {
    const methods = Object.values(protocol).flatMap((value) =>
      "method" in value ? [value.method] : Object.values(value),
    );
    expect(methods.length).toBeGreaterThan(7);
    for (const method of methods) expect(page).toContain(`\`${method}\``);
  });

  test("names no message that does not exist", () => {
    const methods = new Set(
      Object.values(protocol).flatMap((value) => ("method" in value ? [value.method] : [])),
    );
    const named = [...page.matchAll(/`(shipgate\/\w+)`/g)].map(([, method]) => method ?? "");
    expect(named.filter((method) => !methods.has(method))).toEqual([]);
  });
});
