import type { z } from "zod";

import type { AnyStatement } from "../../attest/statement.ts";
import type { Digest } from "../../digest.ts";
import { hexOf } from "../documents.ts";
import type { LoadedPaper, PaperSigner } from "./loaded.ts";

/** A paper that a trusted key signed, read by its schema. */
export interface ReadPaper<T> {
  readonly digest: Digest;
  readonly statement: AnyStatement;
  readonly predicate: T;
  readonly signers: readonly PaperSigner[];
}

/** The papers of a kind that are about a subject; or why there is none. `faults` are contradictions, no lack. */
export interface FoundPapers<T> {
  readonly papers: readonly ReadPaper<T>[];
  readonly faults: readonly string[];
}

/** Tells whether a statement is about what is verified. */
export type IsSubject = (digest: Readonly<Record<string, string>>) => boolean;

/** Whether a subject is an image. */
export function isImage(image: Digest): IsSubject {
  return (digest) => digest["sha256"] === hexOf(image);
}

/**
 * Finds what trusted keys say of a kind about a subject. Papers that do not hold, or are about
 * something else, are named: an attacker's most likely traces.
 */
export function findPapers<T>(
  loaded: readonly LoadedPaper[],
  { predicateType, schema, title }: PaperKind<T>,
  isSubject: IsSubject,
): FoundPapers<T> {
  const papers: ReadPaper<T>[] = [];
  const faults: string[] = [];
  for (const { digest, listedAs, result } of loaded) {
    if (!result.holds) {
      if (listedAs === predicateType) faults.push(`A ${title} does not hold: ${result.reason}.`);
      continue;
    }
    const { signers, statement } = result;
    if (statement.predicateType !== predicateType) {
      if (listedAs === predicateType)
        faults.push(`A paper is listed as ${title}, but says that it is another.`);
      continue;
    }
    if (listedAs !== null && listedAs !== predicateType) {
      faults.push(`A ${title} is listed as something else.`);
      continue;
    }
    if (!statement.subject.some((subject) => isSubject(subject.digest))) {
      faults.push(`A ${title} is about something else.`);
      continue;
    }
    const predicate = schema.safeParse(statement.predicate);
    if (predicate.success) papers.push({ digest, statement, predicate: predicate.data, signers });
    else faults.push(`A ${title} is not well-formed.`);
  }
  return { papers, faults };
}

/** A kind of paper: how it is called in statements, how it is read, and in words. */
export interface PaperKind<T> {
  readonly predicateType: string;
  readonly schema: z.ZodType<T>;
  readonly title: string;
}

/** Digests that a statement gives its subjects, of one algorithm. */
export function subjectDigests({ subject }: AnyStatement, algorithm: string): readonly string[] {
  return subject.flatMap(({ digest }) => digest[algorithm] ?? []);
}
