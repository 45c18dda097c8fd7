import { describeBehaviour, describePlace, sentence } from "../../cli/reporters/words.ts";
import type { Finding } from "../../core/finding.ts";
import type { Review } from "../../core/review.ts";
import { findingId } from "./findings.ts";

/** Most findings that one prompt names: an assistant that mends those is judged again anyway. */
const MOST_FINDINGS = 30;

/**
 * What to tell an assistant so that it mends its change: the reasons and remedies of one finding, or
 * of all that stand in the way, with what the run showed. Null where there is nothing to mend.
 */
export function fixPrompt(review: Review, id: string | null): string | null {
  const { findings, verdict, delta } = review;
  const blocking = new Set(
    verdict.reasons.flatMap((reason) => (reason.kind === "finding" ? [reason.fingerprint] : [])),
  );
  const wanted = findings.filter(({ fingerprint }) =>
    id === null ? blocking.has(fingerprint) : findingId(fingerprint) === id,
  );
  if (wanted.length === 0) return null;
  const differences =
    id === null && delta !== null
      ? [
          ...delta.tests.map(
            ({ name, before, after }) =>
              `- ${sentence(name)}: ${before?.status ?? "not there"} on base, ${after?.status ?? "gone"} with the change`,
          ),
          ...delta.appeared.map((it) => `- the change ${describeBehaviour(it)}`),
        ]
      : [];
  return [
    "Shipgate judged the change on this branch. Please mend what follows, without weakening tests, policy or checks.",
    "",
    ...wanted.slice(0, MOST_FINDINGS).map(findingText),
    ...(differences.length === 0 ? [] : ["", "In the sandbox, against the base:", ...differences]),
    "",
  ].join("\n");
}

function findingText({ rule, message, remedy, location }: Finding): string {
  const place = describePlace(location);
  return `- ${place} (${rule}): ${sentence(message)} ${sentence(remedy)}`.trimEnd();
}
