import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { structuredPatch } from "diff";
import { z } from "zod";

import { decodeText } from "../../../../server/adapters/git/text.ts";
import { UNKNOWN } from "../../../../server/core/attribution.ts";
import { type ChangedFile, changeId } from "../../../../server/core/change.ts";
import type { CheckInput } from "../../../../server/core/checks/check.ts";
import { sha256Digest } from "../../../../server/core/digest.ts";
import type { Fact } from "../../../../server/core/fact.ts";
import type { LineRange } from "../../../../server/core/location.ts";
import { loadPolicy } from "../../../../server/core/policy/load.ts";
import type { LoadedPolicy } from "../../../../server/core/policy/policy.ts";
import { FactRecord } from "../../../../server/core/review-schema.ts";

/** Where the cases stand: `<family>/<rule>/<case>/{before,after,expected.json}`, and `fixed` for its first fix. */
export const RULE_FIXTURES = join(import.meta.dirname, "../../../fixtures/rules");

/** What a case expects, of the rule that its folder names. */
export const Expected = z.strictObject({
  /** Files whose new lines have no author; all other lines are a person's. */
  unknown: z.array(z.string()).default([]),
  assisted: z.array(z.string()).default([]),
  /** What was learnt about the packages. */
  facts: z.array(FactRecord).default([]),
  now: z.string().optional(),
  /** Other rules that rightly speak of this change, too. */
  also: z.array(z.string()).default([]),
  findings: z.array(
    z.strictObject({
      path: z.string(),
      line: z.number(),
      message: z.string(),
      column: z.number().optional(),
      kind: z.enum(["violation", "unproven"]).default("violation"),
      /** Places as `path:line`. */
      related: z.array(z.string()).optional(),
    }),
  ),
});
export type Expected = z.infer<typeof Expected>;

export type Files = Readonly<Record<string, string>>;

/** Stands for the content of a file that is no text. */
const NOT_TEXT = "(not text)";

/** Every file below a folder by its path in there; nothing where there is no such folder. */
export function readFolder(folder: string): Files {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return Object.fromEntries(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [
          path.slice(folder.length + 1).replaceAll("\\", "/"),
          joinTokens(decodeText(readFileSync(path)) ?? NOT_TEXT),
        ]),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** A made-up token is written in pieces, so that scanners of hosting sites do not take it for a live one. */
function joinTokens(text: string): string {
  return text.replaceAll("<+>", "");
}

/** What checks see of a change from one set of files to another, under the policy of the first. */
export function inputOf(
  before: Files,
  after: Files,
  options: {
    readonly unknown?: readonly string[];
    readonly assisted?: readonly string[];
    readonly facts?: readonly Fact[];
    readonly now?: string | undefined;
  } = {},
): { readonly input: CheckInput; readonly loaded: LoadedPolicy } {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  const changed = paths.filter((path) => before[path] !== after[path]);
  const files = changed.map((path) =>
    changedFile(path, before[path], after[path], options.unknown?.includes(path) ?? false),
  );
  const commit = "c".repeat(40);
  const loaded = loadPolicy(before["shipgate.yaml"] ?? null, { commit, path: "shipgate.yaml" });
  const input: CheckInput = {
    change: {
      schemaVersion: 1,
      id: changeId(commit, files),
      base: { commit, tree: "t".repeat(40) },
      head: { kind: "working-tree", commit, tree: "u".repeat(40) },
      branch: "main",
      files,
      sessions: [],
    },
    texts: new Map(
      changed
        .flatMap((path) => [before[path], after[path]])
        .flatMap((text) => (text === undefined || text === NOT_TEXT ? [] : [[blobOf(text), text]])),
    ),
    context: new Map(Object.entries(after).filter(([path]) => !changed.includes(path))),
    facts: options.facts ?? [],
    ...(options.now !== undefined && { now: options.now }),
    policy: loaded.policy,
    assistedPaths: new Set(options.assisted),
    secrets: { places: new Map(), failures: new Map() },
  };
  return { input, loaded };
}

function changedFile(
  path: string,
  before: string | undefined,
  after: string | undefined,
  isUnknown: boolean,
): ChangedFile {
  const version = (text: string | undefined) =>
    text === undefined ? null : { path, blob: blobOf(text), mode: "100644" };
  const opaque = before === NOT_TEXT || after === NOT_TEXT;
  const { added, removed } = opaque
    ? { added: [], removed: 0 }
    : diffLines(before ?? "", after ?? "");
  const human = { kind: "human", source: "editor", confidence: "likely" } as const;
  return {
    path,
    status: before === undefined ? "added" : after === undefined ? "deleted" : "modified",
    before: version(before),
    after: version(after),
    opaque,
    addedLines: added,
    removedLineCount: removed,
    lines: added.map((range) => ({
      range,
      attribution: isUnknown ? UNKNOWN : human,
      evidence: [],
    })),
  };
}

function blobOf(text: string): string {
  return sha256Digest(text).slice("sha256:".length, "sha256:".length + 40);
}

function diffLines(before: string, after: string): { added: LineRange[]; removed: number } {
  const added: LineRange[] = [];
  let removed = 0;
  for (const { newStart, lines } of structuredPatch("a", "b", before, after, "", "", { context: 0 })
    .hunks) {
    const count = lines.filter((line) => line.startsWith("+")).length;
    removed += lines.filter((line) => line.startsWith("-")).length;
    if (count > 0) added.push({ start: newStart, end: newStart + count - 1 });
  }
  return { added, removed };
}
