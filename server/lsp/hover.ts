import { type Hover, MarkupKind } from "vscode-languageserver/node";

import type { Attribution } from "../core/attribution.ts";
import type { Digest } from "../core/digest.ts";
import type { RepoPath } from "../core/location.ts";
import { printable } from "../core/printable.ts";
import type { Review } from "../core/review.ts";

/** The parts of a hover that there are, as one; null where there is none. */
export function hoverOf(...parts: readonly (string | null)[]): Hover | null {
  const told = parts.filter((part) => part !== null);
  if (told.length === 0) return null;
  return { contents: { kind: MarkupKind.Markdown, value: `Shipgate: ${told.join("\n\n")}` } };
}

/** Who wrote a line of the change, where the author is on record; the diagnostics say the rest. */
export function lineAuthor(review: Review, path: RepoPath, line: number): string | null {
  const file = review.change.files.find((it) => it.path === path);
  const lines = file?.lines.find(({ range }) => range.start <= line && line <= range.end);
  if (lines === undefined) return null;
  const author = authorText(lines.attribution);
  return author === null ? null : `${author}${evidenceText(lines.evidence)}`;
}

const MOST_EVIDENCE = 3;

/** The journal entries that an attribution rests on, short enough to be read and long enough to be found. */
function evidenceText(evidence: readonly Digest[]): string {
  if (evidence.length === 0) return "";
  const shown = evidence.slice(0, MOST_EVIDENCE).map((it) => `\`${it.slice(7, 19)}\``);
  const rest = evidence.length - shown.length;
  const more = rest > 0 ? ` and ${rest} more` : "";
  return `\n\nEvidence: journal ${evidence.length === 1 ? "entry" : "entries"} ${shown.join(", ")}${more}`;
}

/** An author in Markdown; null where there is nothing to say. */
export function authorText(attribution: Attribution): string | null {
  switch (attribution.kind) {
    case "unknown":
      return null;
    case "human":
      return `written by a person (${attribution.confidence}, ${attribution.source})`;
    case "ai": {
      const { by, confidence, source } = attribution;
      const model = by.model === undefined ? "" : `, ${escapeMarkdown(by.model)}`;
      return (
        `written by **${escapeMarkdown(by.agent)}**${model}, session ${escapeMarkdown(by.session)}` +
        ` (${confidence}, ${source})`
      );
    }
  }
}

/** Untrusted text for Markdown: invisible characters shown, everything with a meaning escaped. */
export function escapeMarkdown(text: string): string {
  return printable(text).replaceAll(/[\\`*_{}[\]()#+\-.!|<>~$&:]/g, String.raw`\$&`);
}
