import { describe, expect, test } from "vitest";

import { explainPolicy } from "../../../../server/core/policy/explain.ts";
import { loadPolicy } from "../../../../server/core/policy/load.ts";
import { RULES } from "../../../../server/core/rules.ts";

const ORIGIN = { commit: "a".repeat(40), path: "shipgate.yaml" };

function explain(text: string | null) {
  const values = explainPolicy(loadPolicy(text, ORIGIN), text);
  return (key: string) => values.find((value) => value.key === key);
}

describe("explainPolicy", () => {
  test("names the line of what the file says and the preset of the rest", () => {
    const value = explain(
      "version: 1\npreset: strict\nsandbox:\n  timeout: 30\nrules:\n  dependency/added: info\n",
    );
    const file = (line: number) => ({ kind: "file", path: "shipgate.yaml", line });
    expect(value("preset")).toMatchObject({ value: "strict", origin: file(2) });
    expect(value("sandbox.timeout")).toMatchObject({ value: 30, origin: file(4) });
    expect(value("rules.dependency/added")).toMatchObject({ value: "info", origin: file(6) });
    expect(value("block")?.origin).toEqual({ kind: "preset", preset: "strict" });
  });

  test("has every rule and every limit", () => {
    const value = explain(null);
    for (const rule of Object.keys(RULES)) expect(value(`rules.${rule}`)).toBeDefined();
    expect(value("sandbox.memory")?.value).toBeGreaterThan(0);
    expect(value("preset")?.origin).toEqual({ kind: "preset", preset: "balanced" });
  });

  test("says that a file with a mistake is not obeyed", () => {
    const value = explain("version: 1\npreset: relaxed\nblokc: info\n");
    expect(value("preset")).toMatchObject({
      value: "strict",
      origin: { kind: "preset", preset: "strict" },
    });
  });
});
