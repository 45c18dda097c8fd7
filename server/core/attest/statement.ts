import { z } from "zod";

/** The in-toto attestation framework's Statement layer, version 1. */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** What each kind of record is called. Where a public predicate fits it is used as it is. */
export const PREDICATES = {
  verification: "https://slsa.dev/verification_summary/v1",
  testResult: "https://in-toto.io/attestation/test-result/v0.1",
  runtimeTrace: "https://in-toto.io/attestation/runtime-trace/v0.1",
  attribution: "https://github.com/shipgate/shipgate/attestation/attribution/v0.1",
  approval: "https://github.com/shipgate/shipgate/attestation/approval/v0.1",
} as const;

const hex = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`, "u"));
const objectId = z.union([hex(40), hex(64)]);

/** Digests by algorithm, in bare hex (in-toto DigestSet). */
export const DigestSet = z
  .strictObject({
    sha256: hex(64).exactOptional(),
    gitCommit: objectId.exactOptional(),
    gitTree: objectId.exactOptional(),
  })
  .refine((set) => Object.keys(set).length > 0);
export type DigestSet = Readonly<z.infer<typeof DigestSet>>;

/** A thing that a predicate speaks of (in-toto ResourceDescriptor), as far as we use it. */
export const ResourceDescriptor = z.strictObject({
  name: z.string().max(1000).exactOptional(),
  uri: z.string().max(2000).exactOptional(),
  digest: DigestSet.exactOptional(),
});

/** What a statement is about: a commit, a tree, an image, or several names of one thing. */
export const Subject = z.strictObject({
  name: z.string().min(1).max(1000),
  digest: DigestSet,
});
export type Subject = Readonly<z.infer<typeof Subject>>;

/** A statement of any kind, as far as it can be understood without its predicate. */
export const AnyStatement = z.looseObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(
      z.looseObject({ name: z.string().exactOptional(), digest: z.record(z.string(), z.string()) }),
    )
    .min(1)
    .max(1000),
  predicateType: z.string().min(1).max(500),
  predicate: z.record(z.string(), z.unknown()).exactOptional(),
});
export interface AnyStatement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly {
    readonly name?: string;
    readonly digest: { readonly [algorithm: string]: string };
  }[];
  readonly predicateType: string;
  readonly predicate?: { readonly [name: string]: unknown };
}

/** A statement whose subjects, predicate type and predicate are all checked. */
export function statementOf<const T extends string, P extends z.ZodType>(
  predicateType: T,
  predicate: P,
) {
  return z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject: z.array(Subject).min(1).max(16),
    predicateType: z.literal(predicateType),
    predicate,
  });
}
