import { describe, expect, test } from "vitest";

import type { PackageRecord } from "../../server/core/fact.ts";
import { GateError } from "../../server/engine/errors.ts";
import type { Registry } from "../../server/engine/fact-ports.ts";
import type { Ports } from "../../server/engine/ports.ts";
import { createSession, type ReviewOptions } from "../../server/engine/session.ts";
import {
  fakeApprovals,
  fakeJournal,
  fakeRepository,
  fakeRunCache,
  noNotes,
  silentLog,
} from "../fakes/ports.ts";

const NOW = "2026-06-01T12:00:00.000Z";
const signal = new AbortController().signal;
const manifest = (dependencies: Record<string, string>) =>
  `${JSON.stringify({ name: "shop", dependencies }, null, 2)}\n`;

const recordOf = (name: string, exists = true): PackageRecord => ({
  name,
  source: "https://registry.example/",
  time: NOW,
  exists,
  latest: "1.0.0",
  versions: { "1.0.0": { publishedAt: "2020-01-01T00:00:00.000Z", hasInstallScript: false } },
});

function sessionWith(
  lookUp: Registry["lookUp"],
  added: Record<string, string> = { zod: "^1.0.0" },
) {
  const asked: string[] = [];
  const base = { "package.json": manifest({}), "shipgate.yaml": "version: 1\nrequire: [facts]\n" };
  const ports: Ports = {
    repository: fakeRepository(base, { ...base, "package.json": manifest(added) }),
    journal: fakeJournal(),
    runs: fakeRunCache(),
    approvals: fakeApprovals(),
    notes: noNotes,
    sandbox: {
      prepareImage: () => Promise.reject(new Error("not asked for")),
      prepareDependencies: () => Promise.resolve(null),
      run: () => Promise.reject(new Error("not asked for")),
      probe: () => Promise.reject(new Error("not asked for")),
      sweep: () => Promise.resolve(0),
    },
    facts: {
      registries: [
        {
          ecosystem: "npm",
          prepare: () => Promise.resolve(),
          lookUp: (name, options) => {
            asked.push(`${name}${options.keptOnly ? " kept" : ""}`);
            return lookUp(name, options);
          },
        },
      ],
      advisories: {
        find: (purls, _place, { time }) =>
          Promise.resolve(
            purls.map((purl) => ({
              kind: "advisories",
              purl,
              source: "osv",
              time,
              advisories: [],
            })),
          ),
      },
    },
    clock: { now: () => NOW },
    log: silentLog,
  };
  const review = (options: Partial<ReviewOptions> = {}) =>
    createSession(ports).review({ sandbox: "cached", signal, ...options });
  return { review, asked };
}

const rules = (review: Awaited<ReturnType<ReturnType<typeof sessionWith>["review"]>>) =>
  review.findings.map(({ rule }) => rule).filter((rule) => rule.startsWith("dependency/"));

describe("facts in the gate", () => {
  test("a package that is known and old leaves only that it was added", async () => {
    const { review } = sessionWith((name) => Promise.resolve(recordOf(name)));
    const judged = await review();
    expect(rules(judged)).toEqual(["dependency/added"]);
    expect(judged.verdict.status).toBe("pass");
    expect(judged.facts.map(({ kind }) => kind)).toEqual(["package", "advisories"]);
  });

  test("a name that the registry does not know fails the change", async () => {
    const { review } = sessionWith((name) => Promise.resolve(recordOf(name, false)));
    const judged = await review();
    expect(rules(judged)).toContain("dependency/does-not-exist");
    expect(judged.verdict.status).toBe("fail");
  });

  test.for(["cached", "offline"] as const)(
    "%s asks for nothing, and what is not kept is unproven",
    async (facts) => {
      const { review, asked } = sessionWith(() => Promise.resolve(null));
      const judged = await review({ facts });
      expect(asked).toEqual(["zod kept"]);
      expect(rules(judged)).toContain("dependency/facts-missing");
      expect(judged.verdict.status).toBe("unproven");
    },
  );

  test("what is kept is not asked for again", async () => {
    const { review, asked } = sessionWith(
      (name, { keptOnly }) => Promise.resolve(keptOnly && name === "left" ? null : recordOf(name)),
      { zod: "^1.0.0", left: "^1.0.0" },
    );
    const judged = await review();
    expect(asked.toSorted()).toEqual(["left", "left kept", "zod kept"]);
    expect(judged.facts.filter(({ kind }) => kind === "package")).toHaveLength(2);
  });

  test("a registry that fails leaves the change unproven, with its reason and remedy", async () => {
    const error = new GateError("registry-failed", "It gave HTTP 500.", { remedy: "Wait." });
    const judged = await sessionWith(() => Promise.reject(error)).review();
    expect(judged.verdict.status).toBe("unproven");
    const missing = judged.findings.find(({ rule }) => rule === "dependency/facts-missing");
    expect(missing).toMatchObject({
      kind: "unproven",
      message: expect.stringContaining("HTTP 500. Wait."),
    });
  });

  test("a registry that never answers is given up when the budget is used", async () => {
    const { review } = sessionWith(
      (_name, options) =>
        new Promise((_, reject) => {
          options.signal.addEventListener("abort", () => reject(options.signal.reason));
        }),
    );
    const judged = await review({ factsBudgetMs: 20 });
    expect(judged.facts).toEqual([
      expect.objectContaining({ kind: "unavailable", reason: expect.stringContaining("in time") }),
    ]);
  });

  test("a bug of ours in a registry is not taken for a fact", async () => {
    const { review } = sessionWith(() => Promise.reject(new TypeError("bug")));
    await expect(review()).rejects.toThrow("bug");
  });

  test("a change with more packages than are asked about says so for the rest", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 520 }, (_, at) => [`made-${at}`, "1.0.0"]),
    );
    const { review, asked } = sessionWith(
      (name, { keptOnly }) => Promise.resolve(keptOnly ? null : recordOf(name)),
      many,
    );
    const judged = await review();
    expect(asked.filter((name) => !name.endsWith(" kept"))).toHaveLength(500);
    expect(judged.facts.filter(({ kind }) => kind === "unavailable")).toHaveLength(20);
    expect(judged.verdict.status).toBe("unproven");
  });

  test("workspaces, paths and repositories are not asked of a registry", async () => {
    const { review, asked } = sessionWith((name) => Promise.resolve(recordOf(name)), {
      a: "workspace:*",
      b: "file:../b",
      c: "github:x/y",
    });
    await review();
    expect(asked).toEqual([]);
  });
});
