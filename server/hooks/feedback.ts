import type { Finding } from "../core/finding.ts";
import type { Review } from "../core/review.ts";
import type { HookEvent } from "./dialect.ts";

/** Most findings that one answer names. */
const FINDINGS = 10;

/** What an assistant is told about its own edit. */
export interface Feedback {
  readonly text: string;
  /** Whether something must be mended before the assistant goes on. */
  readonly isSerious: boolean;
}

/** The findings in the files that an event touched, in words for an assistant; null where there are none. */
export function feedbackOn(
  event: HookEvent,
  review: Review,
  paths: readonly string[],
): Feedback | null {
  if (event.kind === "session" || event.kind === "other" || event.when === "before") return null;
  const touched = new Set(paths);
  const findings = review.findings.filter(
    (finding) => touched.has(finding.location.path) && finding.exception === undefined,
  );
  if (findings.length === 0) return null;
  const text = [
    "Shipgate looked at this edit:",
    ...findings.slice(0, FINDINGS).map(describe),
    ...(findings.length > FINDINGS ? [`… and ${findings.length - FINDINGS} more.`] : []),
  ].join("\n");
  return { text, isSerious: findings.some((finding) => finding.severity === "error") };
}

function describe(finding: Finding): string {
  const { path, startLine } = finding.location;
  const place = `${path}:${startLine}`;
  return `- ${place} ${finding.severity} ${finding.rule}: ${finding.message} ${finding.remedy}`;
}
