import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { createAdvisories } from "../../../server/adapters/registries/osv.ts";
import { makeFolder } from "../scratch-repository.ts";
import { json, serve } from "./loopback.ts";

const TIME = "2026-06-01T12:00:00.000Z";
const WEAK = {
  id: "GHSA-xvch-5gv4-984h",
  aliases: ["CVE-2021-44906"],
  summary: "Prototype Pollution in minimist",
  affected: [
    {
      package: { ecosystem: "npm", name: "minimist", purl: "pkg:npm/minimist" },
      ranges: [{ type: "SEMVER", events: [{ introduced: "1.0.0" }, { fixed: "1.2.6" }] }],
    },
  ],
};
const SAME = { ...WEAK, id: "CVE-2021-44906", aliases: ["GHSA-xvch-5gv4-984h"] };
const EVIL = {
  id: "MAL-2025-1",
  summary: "Malicious code",
  affected: [{ package: { ecosystem: "PyPI", name: "reqeusts" }, versions: ["1.0"] }],
};
const WITHDRAWN = { ...WEAK, id: "GHSA-gone", aliases: [], withdrawn: TIME };

function advisoriesFor(environment: NodeJS.ProcessEnv = {}, root = makeFolder()) {
  const advisories = createAdvisories({
    environment,
    cacheDir: makeFolder(),
    now: () => Date.parse(TIME),
    root,
  });
  const signal = AbortSignal.timeout(20_000);
  return (purls: readonly string[], place: string | null, keptOnly = false) =>
    advisories.find(purls, place, { keptOnly, time: TIME, signal });
}

function folderOf(records: readonly object[], root = makeFolder()): string {
  mkdirSync(join(root, "osv", "npm"), { recursive: true });
  for (const [at, record] of records.entries()) {
    writeFileSync(join(root, "osv", "npm", `${at}.json`), JSON.stringify(record));
  }
  return root;
}

describe("createAdvisories", () => {
  test("finds records of a folder, the same weakness once and withdrawn ones never", async () => {
    const root = folderOf([WEAK, SAME, EVIL, WITHDRAWN]);
    const find = advisoriesFor({}, root);
    const facts = await find(
      [
        "pkg:npm/minimist@1.2.5",
        "pkg:npm/minimist@1.2.6",
        "pkg:pypi/reqeusts@1.0",
        "pkg:npm/constructor@1.0.0",
      ],
      "osv",
    );
    expect(facts.map((fact) => (fact.kind === "advisories" ? fact.advisories : fact))).toEqual([
      [
        {
          id: WEAK.id,
          aliases: WEAK.aliases,
          summary: WEAK.summary,
          isMalicious: false,
          fixed: "1.2.6",
        },
      ],
      [],
      [{ id: EVIL.id, aliases: [], summary: EVIL.summary, isMalicious: true, fixed: null }],
      [],
    ]);
  });

  test("a folder works offline, and what is no record in it is passed over", async () => {
    const root = folderOf([WEAK, { id: 3 }, ["x"]]);
    writeFileSync(join(root, "osv", "broken.json"), "{");
    const [fact] = await advisoriesFor({}, root)(["pkg:npm/minimist@1.0.0"], "osv", true);
    expect(fact).toMatchObject({ kind: "advisories", advisories: [{ id: WEAK.id }] });
  });

  test.for([
    ["an empty folder", "osv"],
    ["no folder", "nowhere"],
  ] as const)("%s is no clean bill", async ([, place]) => {
    const root = makeFolder();
    mkdirSync(join(root, "osv"));
    await expect(advisoriesFor({}, root)(["pkg:npm/a@1.0.0"], place)).rejects.toMatchObject({
      code: "registry-failed",
    });
  });

  test("without a source the reason says where to name one", async () => {
    await expect(advisoriesFor()(["pkg:npm/a@1.0.0"], null)).rejects.toMatchObject({
      remedy: expect.stringContaining("SHIPGATE_OSV"),
    });
  });

  test("asks an API in one question and each record once, and keeps the answers", async () => {
    const server = await serve((path, response, request) => {
      if (path !== "/v1/querybatch") return json(response, WEAK);
      let body = "";
      request.on("data", (piece) => (body += String(piece)));
      request.on("end", () => {
        const { queries } = JSON.parse(body) as { queries: { package: { purl: string } }[] };
        json(response, {
          results: queries.map(({ package: { purl } }) =>
            purl.includes("minimist") ? { vulns: [{ id: WEAK.id }] } : {},
          ),
        });
      });
    });
    const find = advisoriesFor({ SHIPGATE_OSV: server.url });
    const purls = ["pkg:npm/minimist@1.2.5", "pkg:npm/minimist@1.2.4", "pkg:npm/left@1.0.0"];
    expect((await find(purls, null, true)).map(({ kind }) => kind)).toEqual([
      "unavailable",
      "unavailable",
      "unavailable",
    ]);
    const facts = await find(purls, null);
    expect(facts.map((fact) => (fact.kind === "advisories" ? fact.advisories.length : -1))).toEqual(
      [1, 1, 0],
    );
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/v1/querybatch",
      `/v1/vulns/${WEAK.id}`,
    ]);
    expect((await find(purls, null, true)).map(({ kind }) => kind)).toEqual([
      "advisories",
      "advisories",
      "advisories",
    ]);
  });

  test.for([
    ["fewer results than questions", { results: [] }],
    ["nothing", "x"],
  ] as const)("an API that gives %s gives no clean bill", async ([, answer]) => {
    const server = await serve((_, response) => json(response, answer));
    await expect(
      advisoriesFor({ SHIPGATE_OSV: server.url })(["pkg:npm/a@1.0.0"], null),
    ).rejects.toMatchObject({ code: "registry-failed" });
  });
});
