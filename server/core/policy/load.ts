import { LineCounter, parseDocument } from "yaml";

import { addressOf } from "../digest.ts";
import { lineLocation } from "../location.ts";
import { type LoadedPolicy, type Policy, POLICY_PATH, type PolicyProblem } from "./policy.ts";
import { PRESETS } from "./presets.ts";
import { describeIssues } from "./problems.ts";
import { PolicyFile } from "./schema.ts";
import { checkTree, locationOf } from "./tree.ts";

/** Longest policy file that is read, in UTF-16 units: far above any real one, far below what hurts. */
const LONGEST_TEXT = 128 * 1024;
/** A file with more mistakes than this is not a policy; the rest would only be noise. */
const MOST_PROBLEMS = 50;

/**
 * Reads a policy file. Without a text the balanced preset holds. A file with any mistake is not
 * half obeyed: the strict preset holds, with every protected path that could still be read, and
 * each mistake is told at its place. Never throws, whatever the text.
 */
export function loadPolicy(text: string | null, origin: LoadedPolicy["origin"]): LoadedPolicy {
  if (text === null) return loaded(PRESETS.balanced, "default", []);
  if (text.length > LONGEST_TEXT) {
    const message = `The policy is larger than ${LONGEST_TEXT / 1024} KiB, so it was not read.`;
    return loaded(PRESETS.strict, origin, [{ message, location: lineLocation(pathOf(origin), 1) }]);
  }
  return readText(text, origin);
}

function readText(text: string, origin: LoadedPolicy["origin"]): LoadedPolicy {
  const path = pathOf(origin);
  const lines = new LineCounter();
  // Duplicate keys are looked for by checkTree: the library's own search is quadratic.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, merge: false });
  const syntax = [...document.errors, ...document.warnings].map((error): PolicyProblem => ({
    message: `This is not valid YAML: ${firstLine(error.message)}`,
    location: locationOf(path, lines, error.pos),
  }));
  const problems = syntax.length > 0 ? syntax : checkTree(document.contents, path, lines);
  if (problems.length > 0) return loaded(PRESETS.strict, origin, problems);

  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const parsed = PolicyFile.safeParse(value);
  if (parsed.success) {
    return {
      ...loaded(effectivePolicy(parsed.data), origin, []),
      exceptionLines: (parsed.data.exceptions ?? []).map((_, index) => {
        const node = document.getIn(["exceptions", index], true) as
          | { range?: [number] }
          | undefined;
        return lines.linePos(node?.range?.[0] ?? 0).line;
      }),
    };
  }
  const mistakes = describeIssues(parsed.error.issues, document.contents, path, lines);
  return loaded(fallback(value), origin, mistakes);
}

function loaded(
  policy: Policy,
  origin: LoadedPolicy["origin"],
  problems: readonly PolicyProblem[],
): LoadedPolicy {
  return {
    policy,
    hash: addressOf(policy),
    origin,
    problems: problems.slice(0, MOST_PROBLEMS),
    exceptionLines: [],
  };
}

function pathOf(origin: LoadedPolicy["origin"]): string {
  return origin === "default" ? POLICY_PATH : origin.path;
}

/** The library's messages go on with an excerpt of the file, which the location makes needless. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/u, "") ?? message;
}

function effectivePolicy(file: PolicyFile): Policy {
  const preset = PRESETS[file.preset ?? "balanced"];
  const { limits } = preset.sandbox;
  const box = file.sandbox ?? {};
  return {
    preset: preset.preset,
    block: file.block ?? preset.block,
    severities: { ...preset.severities, ...file.rules },
    protectedPaths: file["protected-paths"] ?? preset.protectedPaths,
    forbiddenApis: (file["forbidden-apis"] ?? preset.forbiddenApis).map(
      ({ pattern, paths, reason }) => ({ pattern, paths: paths ?? [], reason }),
    ),
    changeSize: {
      lines: valueOr(file["change-size"]?.lines, preset.changeSize.lines),
      files: valueOr(file["change-size"]?.files, preset.changeSize.files),
    },
    require: requiredEvidence(file, preset),
    approvals: {
      count: file.approvals?.count ?? preset.approvals.count,
      by: file.approvals?.by ?? preset.approvals.by,
      notAuthor: file.approvals?.["not-author"] ?? preset.approvals.notAuthor,
    },
    sandbox: {
      command: box.command ?? preset.sandbox.command,
      image: box.image ?? preset.sandbox.image,
      limits: {
        ...limits,
        memoryBytes: box.memory === undefined ? limits.memoryBytes : box.memory * 1024 * 1024,
        cpus: box.cpus ?? limits.cpus,
        pids: box.pids ?? limits.pids,
        timeoutMs: box.timeout === undefined ? limits.timeoutMs : box.timeout * 1000,
      },
      egress: box.egress ?? preset.sandbox.egress,
    },
    facts: {
      osv: file.facts?.osv ?? preset.facts.osv,
      vex: file.facts?.vex ?? preset.facts.vex,
      minimumAgeHours: file.facts?.["minimum-age"] ?? preset.facts.minimumAgeHours,
    },
    dependencies: {
      deny: file.dependencies?.deny ?? preset.dependencies.deny,
      licenses: {
        allow: file.dependencies?.licenses?.allow ?? preset.dependencies.licenses.allow,
        deny: file.dependencies?.licenses?.deny ?? preset.dependencies.licenses.deny,
      },
    },
    exceptions: file.exceptions ?? preset.exceptions,
    weights: file.weights ?? preset.weights,
  };
}

/** Null is a value of its own: no limit. */
function valueOr<Value>(own: Value | undefined, preset: Value): Value {
  return own === undefined ? preset : own;
}

/** Who says whose approval counts asks for one. */
function requiredEvidence(file: PolicyFile, preset: Policy): Policy["require"] {
  const named = file.require ?? preset.require;
  return file.approvals === undefined ? named : [...new Set([...named, "approval" as const])];
}

/** The strict preset and what of the broken file can only make it stricter. */
function fallback(value: unknown): Policy {
  const paths = PolicyFile.pick({ "protected-paths": true }).strip().safeParse(value);
  const own = paths.success ? (paths.data["protected-paths"] ?? []) : [];
  return {
    ...PRESETS.strict,
    protectedPaths: [...new Set([...PRESETS.strict.protectedPaths, ...own])],
  };
}
