import type { Severity } from "../finding.ts";
import { type RuleId, RULES } from "../rules.ts";
import type { Limits } from "../run.ts";
import type { Policy } from "./policy.ts";

const MIB = 1024 * 1024;

/** Limits of a box where the policy is silent. */
export const DEFAULT_LIMITS: Limits = {
  memoryBytes: 1024 * MIB,
  cpus: 2,
  pids: 256,
  timeoutMs: 120_000,
  outputBytes: 4 * MIB,
  workspaceBytes: 512 * MIB,
  workspaceFiles: 50_000,
};

/** Who reviews and under which terms: what nearly every project wants a person to look at. */
const OWNERSHIP = [
  "CODEOWNERS",
  ".github/CODEOWNERS",
  ".gitlab/CODEOWNERS",
  "docs/CODEOWNERS",
  "{LICENSE,LICENCE,COPYING}*",
] as const;

/** What decides how the product is built, reached and shipped. */
const DELIVERY = [
  "SECURITY.md",
  ".github/**",
  "**/{Dockerfile,Containerfile}*",
  "**/*.{dockerfile,tf}",
  "**/{compose,docker-compose}*.{yml,yaml}",
] as const;

const balanced: Policy = {
  preset: "balanced",
  block: "error",
  severities: severities({}),
  protectedPaths: OWNERSHIP,
  forbiddenApis: [],
  changeSize: { lines: 1000, files: 100 },
  require: ["run"],
  approvals: { count: 1, by: null, notAuthor: false },
  sandbox: { command: null, image: "node-24", limits: DEFAULT_LIMITS, egress: [] },
  facts: { osv: null, vex: [], minimumAgeHours: 24 },
  dependencies: { deny: [], licenses: { allow: null, deny: [] } },
  exceptions: [],
  weights: "v1",
};

/** What holds where a policy file is silent. `balanced` holds without a file. */
export const PRESETS: { readonly [preset in Policy["preset"]]: Policy } = {
  relaxed: {
    ...balanced,
    preset: "relaxed",
    severities: severities({
      "dependency/added": "info",
      "dependency/too-new": "warning",
      "dependency/install-script": "info",
      "dependency/facts-missing": "info",
      "sandbox/new-process": "info",
      "sandbox/could-not-run": "info",
      "policy/suppression-added": "info",
      "policy/test-weakened": "warning",
    }),
    protectedPaths: [],
    changeSize: { lines: null, files: null },
    require: [],
  },
  balanced,
  strict: {
    ...balanced,
    preset: "strict",
    block: "warning",
    facts: { ...balanced.facts, minimumAgeHours: 48 },
    severities: severities({ "provenance/unattributed": "warning" }),
    protectedPaths: [...OWNERSHIP, ...DELIVERY],
    changeSize: { lines: 400, files: 40 },
    require: ["attribution", "run", "facts"],
    approvals: { ...balanced.approvals, notAuthor: true },
  },
};

/** Every rule at its own severity but for the ones named. */
function severities(own: { readonly [rule in RuleId]?: Severity | "off" }): Policy["severities"] {
  return Object.fromEntries(
    Object.entries(RULES).map(([rule, { severity }]) => [rule, own[rule as RuleId] ?? severity]),
  ) as Policy["severities"];
}
