import type { TextEdit } from "vscode-languageserver/node";

import { diffLines } from "../../core/diff.ts";
import type { Review } from "../../core/review.ts";
import type { ReviewPlace } from "../../protocol.ts";
import type { UriOf } from "../diagnostics.ts";

/** The places to look at in a review, in the change's order: what assistants wrote, and findings elsewhere. */
export function reviewPlaces({ change, findings }: Review, uriOf: UriOf): readonly ReviewPlace[] {
  const places = change.files.flatMap(({ path, lines }) =>
    lines
      .filter(({ attribution }) => attribution.kind === "ai")
      .map(({ range }) => ({ uri: uriOf(path), line: range.start, endLine: range.end })),
  );
  for (const { location } of findings) {
    const uri = uriOf(location.path);
    const { startLine: line } = location;
    const isInside = places.some((it) => it.uri === uri && it.line <= line && line <= it.endLine);
    if (!isInside) places.push({ uri, line, endLine: Math.max(line, location.endLine) });
  }
  const order = [...new Set(places.map(({ uri }) => uri))];
  return places.toSorted((a, b) => order.indexOf(a.uri) - order.indexOf(b.uri) || a.line - b.line);
}

/**
 * The edit that brings back what the base has instead of the changed lines around a line (from 1) of a
 * text. Null where nothing there was changed.
 */
export function revertEdit(base: string, text: string, line: number): TextEdit | null {
  const before = linesOf(base);
  const after = linesOf(text);
  const hunk = diffLines(before, after).find(({ newStart, newCount }) =>
    newCount === 0
      ? line === newStart - 1 || line === newStart
      : newStart <= line && line < newStart + newCount,
  );
  if (hunk === undefined) return null;
  const { oldStart, oldCount, newStart, newCount } = hunk;
  return {
    range: {
      start: { line: newStart - 1, character: 0 },
      end: { line: newStart - 1 + newCount, character: 0 },
    },
    newText: before.slice(oldStart - 1, oldStart - 1 + oldCount).join(""),
  };
}

/** Lines with their ends, so that joining them gives the text again. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/gu) ?? [];
}
