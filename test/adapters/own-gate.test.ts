import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Review } from "../../server/core/review.ts";
import { openGate } from "../../server/wire.ts";
import { quiet } from "./quiet-log.ts";
import { makeRepository, type ScratchRepository } from "./scratch-repository.ts";

const POLICY = `version: 1
require: []
protected-paths: ["src/pay/**"]
rules:
  policy/protected-path: error
`;
const WEAK = `version: 1
preset: relaxed
require: []
rules:
  policy/protected-path: "off"
  policy/policy-changed: "off"
`;
const AMOUNT = "src/pay/amount.ts";
/** In pieces, so that nobody takes it for a live one. */
const TOKEN = ["ghp_", "0123456789abcdefABCDEF0123456789abcd"].join("");

/** A repository with a policy, on a branch that edits what the policy protects. */
function makeChange(policy = POLICY): ScratchRepository {
  const repo = makeRepository();
  repo.write("shipgate.yaml", policy);
  repo.write(AMOUNT, "export const amount = 1;\n");
  repo.write("README.md", "# Shop\n");
  repo.commitAll();
  repo.git("switch", "-q", "-c", "feature");
  repo.write(AMOUNT, "export const amount = 2;\n");
  return repo;
}

async function reviewOf(repo: ScratchRepository): Promise<Review> {
  const { session } = await openGate(repo.root, { log: quiet });
  return session.review({ sandbox: "cached", signal: new AbortController().signal });
}

const said = ({ findings }: Review) =>
  findings.map(({ rule, location }) => `${rule} ${location.path}`).toSorted();

/** What an assistant may try so that its change passes, and what is said of it beside the edit itself. */
const ATTEMPTS: readonly (readonly [
  string,
  (repo: ScratchRepository) => void,
  readonly string[],
])[] = [
  [
    "deletes the policy",
    (repo) => rmSync(join(repo.root, "shipgate.yaml")),
    ["policy/policy-changed shipgate.yaml"],
  ],
  [
    "rewrites the policy",
    (repo) => repo.write("shipgate.yaml", WEAK),
    ["policy/policy-changed shipgate.yaml"],
  ],
  [
    "commits a rewritten policy first",
    (repo) => {
      repo.write("shipgate.yaml", WEAK);
      repo.commitAll();
    },
    ["policy/policy-changed shipgate.yaml"],
  ],
  [
    "grants itself an exception",
    (repo) =>
      repo.write(
        "shipgate.yaml",
        `${POLICY}exceptions:\n  - rule: policy/protected-path\n    paths: ["**"]\n    reason: I know what I do.\n    owner: me\n    expires: "2999-01-01"\n`,
      ),
    ["policy/policy-changed shipgate.yaml"],
  ],
  [
    "makes the policy a link",
    (repo) => {
      repo.write("weak.yaml", WEAK);
      rmSync(join(repo.root, "shipgate.yaml"));
      symlinkSync("weak.yaml", join(repo.root, "shipgate.yaml"));
    },
    ["policy/policy-changed shipgate.yaml"],
  ],
  [
    "puts policies beside the policy",
    (repo) => {
      repo.write("shipgate.yml", WEAK);
      repo.write(".shipgate.yaml", WEAK);
      repo.write("src/pay/shipgate.yaml", WEAK);
    },
    ["policy/protected-path src/pay/shipgate.yaml"],
  ],
  [
    "hides the difference with attributes",
    (repo) => {
      repo.write(".gitattributes", "* -diff binary\nsrc/** export-ignore linguist-generated\n");
      repo.write("src/token.ts", `export const token = "${TOKEN}";\n`);
    },
    ["policy/secret src/token.ts"],
  ],
  [
    "hides the difference with attributes of the clone",
    (repo) => {
      repo.write(".git/info/attributes", "* -diff binary\n");
      repo.write("src/token.ts", `export const token = "${TOKEN}";\n`);
    },
    ["policy/secret src/token.ts"],
  ],
  [
    "tells git that the file did not change",
    (repo) => {
      repo.git("update-index", "--assume-unchanged", AMOUNT);
      repo.git("update-index", "--assume-unchanged", "shipgate.yaml");
      repo.write("shipgate.yaml", WEAK);
    },
    ["policy/policy-changed shipgate.yaml"],
  ],
  [
    "replaces the policy's object",
    (repo) => {
      const old = repo.git("rev-parse", "HEAD:shipgate.yaml");
      repo.write("weak.yaml", WEAK);
      const weak = repo.git("hash-object", "-w", "weak.yaml");
      rmSync(join(repo.root, "weak.yaml"));
      repo.git("replace", old, weak);
    },
    [],
  ],
  [
    "brings records of its own",
    (repo) => {
      repo.write("shipgate/journal.jsonl", '{"schemaVersion":1}\n');
      repo.write(".shipgate/runs/cache.json", '{"verdict":"pass"}\n');
      repo.write(".git/shipgate/cache/verdict.json", '{"status":"pass"}\n');
    },
    [],
  ],
  [
    "names those who approve",
    (repo) => repo.write(".shipgate/allowed-signers", "me@registry.example ssh-ed25519 AAAA\n"),
    ["policy/policy-changed .shipgate/allowed-signers"],
  ],
  [
    "writes a hook that skips the gate",
    (repo) => repo.write(".husky/pre-push", "exit 0\n"),
    ["policy/host-executed-file .husky/pre-push"],
  ],
  [
    "breaks the policy with a file without end",
    (repo) => repo.write("shipgate.yaml", `version: 1\n${"# x\n".repeat(400_000)}`),
    ["policy/invalid shipgate.yaml", "policy/policy-changed shipgate.yaml"],
  ],
];

describe("a change that wants to weaken its own gate", () => {
  test.for(ATTEMPTS)("fails although it %s", async ([, attempt, others]) => {
    const repo = makeChange();
    attempt(repo);
    const review = await reviewOf(repo);
    expect(review.verdict.status).toBe("fail");
    expect(said(review)).toEqual(
      expect.arrayContaining([`policy/protected-path ${AMOUNT}`, ...others]),
    );
  });

  const bomb = ["version: 1", 'a: &a ["x", "x"]'];
  for (let at = 0; at < 40; at += 1) {
    const [from, to] = [String.fromCodePoint(97 + (at % 26)), `k${at}`];
    bomb.push(
      `${to}: &${to} [*${at === 0 ? from : `k${at - 1}`}, *${at === 0 ? from : `k${at - 1}`}]`,
    );
  }
  const HOSTILE = [
    ["an alias bomb", bomb.join("\n")],
    ["a value that holds itself", "version: 1\nrules: &r\n  policy/secret: *r\n"],
    ["a hundred thousand brackets", `version: ${"[".repeat(100_000)}`],
    ["a merge of everything", "version: 1\nx: &x { <<: *x }\n"],
    ["bytes that are no text", "version: 1\n\u0000\u0001"],
  ] as const;

  test.for(HOSTILE)("cannot hide behind %s in its policy", async ([, text]) => {
    const repo = makeChange();
    repo.write("shipgate.yaml", text);
    const review = await reviewOf(repo);
    expect(review.verdict.status).toBe("fail");
    expect(review.policy.problems).toEqual([]);
    expect(said(review)).toEqual(
      expect.arrayContaining([
        `policy/protected-path ${AMOUNT}`,
        "policy/policy-changed shipgate.yaml",
        "policy/invalid shipgate.yaml",
      ]),
    );
  });

  test.for(HOSTILE)("is judged strictly where the base's policy is %s", async ([, text]) => {
    const review = await reviewOf(makeChange(text));
    expect(review.verdict.status).toBe("fail");
    expect(review.policy.problems.length).toBeGreaterThan(0);
    expect(said(review)).toContain("policy/invalid shipgate.yaml");
  });

  test("never shows a secret, whatever it stands in", async () => {
    const repo = makeChange();
    repo.write("src/a.ts", `export const token = "${TOKEN}"; // eslint-disable-line ${TOKEN}\n`);
    repo.write("src/b.ts", `eval("${TOKEN}");\n`);
    repo.write("config/a.env", `TOKEN=${TOKEN}\n`);
    repo.write("test/a.test.ts", `test.only("x", () => expect(token()).toBe("${TOKEN}"));\n`);
    const review = await reviewOf(repo);
    const places = review.findings.filter(({ rule }) => rule === "policy/secret");
    expect(places).toHaveLength(4);
    const { findings, verdict, score } = review;
    expect(JSON.stringify({ findings, verdict, score })).not.toContain(TOKEN.slice(4));
  });
});
