import type { z } from "zod";

import { SOURCE_PROPERTIES, VERDICT_FIELD, VERIFIER } from "../../attest/verification.ts";
import { KINDS } from "./kinds.ts";
import {
  type Expectations,
  type Link,
  linkOf,
  type LoadedImage,
  type LoadedPaper,
  missingLink,
} from "./loaded.ts";
import { findPapers, isImage, type ReadPaper } from "./papers.ts";

/** A verification summary that a trusted key signed. */
export type VerdictPaper = ReadPaper<z.infer<typeof KINDS.verdict.schema>>;

/**
 * Checks the verification summary as SLSA 1.1 asks its consumers to ("Verifying VSAs"): signature by
 * a trusted key, subject, predicate type, verifier, resource, result, levels. Then that everything
 * that it was given is still there.
 */
export function verdictLink(
  image: LoadedImage,
  loaded: readonly LoadedPaper[],
  expectations: Expectations,
): { readonly link: Link; readonly verdict: VerdictPaper | null } {
  const { faults: found, papers } = findPapers(loaded, KINDS.verdict, isImage(image.digest));
  const verdict = papers.toSorted((a, b) =>
    a.predicate.timeVerified < b.predicate.timeVerified ? 1 : -1,
  )[0];
  if (verdict === undefined) {
    const link =
      found.length > 0
        ? linkOf("verdict", found, [])
        : missingLink("verdict", "No verification summary is attached.");
    return { link, verdict: null };
  }
  const { predicate, signers } = verdict;
  const faults = [...found];
  if (predicate.verifier.id !== VERIFIER) faults.push("The summary is another verifier's.");
  if (expectations.resourceUri !== null && predicate.resourceUri !== expectations.resourceUri)
    faults.push(
      `The summary was made for ${predicate.resourceUri}, not for ${expectations.resourceUri}.`,
    );
  const { score, status, grade } = predicate[VERDICT_FIELD];
  if (predicate.verificationResult !== "PASSED" || status !== "pass")
    faults.push(`The verdict is ${status}.`);
  const levels = ["pass", ...expectations.require] as const;
  for (const level of levels)
    if (!predicate.verifiedLevels.includes(SOURCE_PROPERTIES[level]))
      faults.push(`The summary does not reach ${SOURCE_PROPERTIES[level]}.`);
  const there = new Set<string>(loaded.map(({ digest }) => digest));
  const inputs = predicate.inputAttestations;
  const lost = inputs.filter(({ digest }) => !there.has(`sha256:${digest?.sha256 ?? ""}`));
  if (lost.length > 0)
    faults.push(
      `${lost.length} of the ${inputs.length} papers that the verdict was given are gone or changed.`,
    );
  const says = [
    `${status.toUpperCase()}, score ${score} ${grade}, on ${predicate.timeVerified}; ${predicate.verifiedLevels.join(", ")}.`,
    `Policy ${predicate.policy.uri ?? ""}, ${(predicate.policy.digest?.sha256 ?? "").slice(0, 12)}; made for ${predicate.resourceUri}${expectations.resourceUri === null ? " (not compared: no name was asked for)" : ""}.`,
  ];
  return { link: linkOf("verdict", faults, says, signers), verdict };
}
