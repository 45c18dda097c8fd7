import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  type Range,
  type URI,
} from "vscode-languageserver/node";

import type { Digest } from "../core/digest.ts";
import type { Finding } from "../core/finding.ts";
import type { Location, RepoPath } from "../core/location.ts";
import { printable } from "../core/printable.ts";
import { type RuleId, RULES, ruleUrl } from "../core/rules.ts";

/** The end of a line, however long it is: the protocol's largest position, which clients bring back to it. */
export const WHOLE_LINE = 2 ** 31 - 1;

/** What every diagnostic of ours names as its source. */
export const SOURCE = "shipgate";

/** What a diagnostic carries, so that a code action finds its finding again. */
export interface DiagnosticData {
  readonly fingerprint: Digest;
}

/** How a repository's paths become URIs. */
export type UriOf = (path: RepoPath) => URI;

/** A finding as the editor shows it: pure, total, whatever the finding says. */
export function diagnosticOf(finding: Finding, uriOf: UriOf): Diagnostic {
  const related = finding.related.map((it) => relatedInformation(it, uriOf));
  return {
    range: rangeOf(finding.location),
    severity: severityOf(finding),
    code: finding.rule,
    codeDescription: { href: ruleUrl(finding.rule) },
    source: SOURCE,
    message: messageOf(finding),
    ...(finding.exception !== undefined && { tags: [DiagnosticTag.Unnecessary] }),
    ...(related.length > 0 && { relatedInformation: related }),
    data: { fingerprint: finding.fingerprint } satisfies DiagnosticData,
  };
}

/** Diagnostics of every file that has one. */
export function diagnosticsByUri(
  findings: readonly Finding[],
  uriOf: UriOf,
): ReadonlyMap<URI, readonly Diagnostic[]> {
  const byUri = new Map<URI, Diagnostic[]>();
  for (const finding of findings) {
    const uri = uriOf(finding.location.path);
    const list = byUri.get(uri) ?? [];
    list.push(diagnosticOf(finding, uriOf));
    byUri.set(uri, list);
  }
  return byUri;
}

/** A location as a range. Without columns it is the whole line, which editors cut at its end. */
export function rangeOf(location: Location): Range {
  const startLine = Math.max(0, location.startLine - 1);
  const endLine = Math.max(startLine, location.endLine - 1);
  const start = { line: startLine, character: Math.max(0, (location.startColumn ?? 1) - 1) };
  if (location.endColumn === undefined) {
    return { start, end: { line: endLine, character: WHOLE_LINE } };
  }
  const end = { line: endLine, character: Math.max(0, location.endColumn - 1) };
  return endLine === startLine && end.character < start.character
    ? { start, end: start }
    : { start, end };
}

/** The fingerprint that a diagnostic of ours carries; null for anything else. */
export function fingerprintOf(diagnostic: Diagnostic): Digest | null {
  const data: unknown = diagnostic.data;
  if (diagnostic.source !== SOURCE || typeof data !== "object" || data === null) return null;
  const fingerprint = "fingerprint" in data ? data.fingerprint : null;
  return typeof fingerprint === "string" && fingerprint.startsWith("sha256:")
    ? (fingerprint as Digest)
    : null;
}

/** A rule's page in Markdown, the same text that docs/rules has. */
export function rulePage(rule: RuleId): string {
  const { title, what, why, remedy } = RULES[rule];
  return `# ${title}\n\n\`${rule}\`\n\n${what}\n\n**Why.** ${why}\n\n**What to do.** ${remedy}\n`;
}

const LONGEST_MESSAGE = 1000;

function severityOf(finding: Finding): DiagnosticSeverity {
  if (finding.exception !== undefined) return DiagnosticSeverity.Hint;
  switch (finding.severity) {
    case "error":
      return DiagnosticSeverity.Error;
    case "warning":
      return DiagnosticSeverity.Warning;
    case "info":
      return DiagnosticSeverity.Information;
  }
}

function messageOf({ message, remedy, exception }: Finding): string {
  if (exception !== undefined) {
    const { owner, expires, reason } = exception;
    const until = expires === undefined ? "" : ` until ${clean(expires)}`;
    return `${clean(message)}\nAccepted by ${clean(owner)}${until}: ${clean(reason)}`;
  }
  return remedy === "" ? clean(message) : `${clean(message)}\n${clean(remedy)}`;
}

function clean(text: string): string {
  return printable(text, LONGEST_MESSAGE);
}

function relatedInformation(
  { location, message }: Finding["related"][number],
  uriOf: UriOf,
): DiagnosticRelatedInformation {
  return {
    location: { uri: uriOf(location.path), range: rangeOf(location) },
    message: clean(message),
  };
}
