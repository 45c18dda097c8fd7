import { z } from "zod";

import {
  ApprovalRecord,
  ChangeRecord,
  DeltaRecord,
  DigestText,
  FindingRecord,
  IsolationRecord,
  LocationRecord,
  ReviewRecord,
  RunPair,
  ScoreRecord,
} from "../core/review-schema.ts";
import { LINKS } from "../core/ship/verify/loaded.ts";

/** What the commands print with `--format json`. docs/schemas is generated from these. */

const schemaVersion = z.literal(1);
const status = z.enum(["pass", "fail", "unproven"]);

/** `check`. */
export const CheckOutput = ReviewRecord;

/** `run`: base and head in the sandbox, without the other checks. */
export const RunOutput = z
  .strictObject({
    schemaVersion,
    change: ChangeRecord,
    status,
    /** Null where a run was not possible; the findings say why. */
    runs: RunPair.nullable(),
    delta: DeltaRecord.nullable(),
    findings: z.array(FindingRecord).describe("Those of the `sandbox/` rules."),
  })
  .describe("What the head run does that the base run does not.");
export type RunOutput = z.infer<typeof RunOutput>;

/** `score`. */
export const ScoreOutput = z
  .strictObject({
    schemaVersion,
    change: DigestText,
    branch: z.string().nullable(),
    status,
    score: ScoreRecord,
  })
  .describe("The trust score of a branch, as a sum.");
export type ScoreOutput = z.infer<typeof ScoreOutput>;

const Package = z
  .strictObject({
    name: z.string(),
    version: z.string().nullable(),
    purl: z.string(),
    ecosystem: z.string(),
    line: z.int().min(1),
    direct: z.boolean(),
    dev: z.boolean(),
    source: z.string(),
    integrity: z.string().nullable(),
  })
  .meta({ id: "Package" });

/** `deps list`. */
export const DepsListOutput = z
  .strictObject({ schemaVersion, packages: z.array(Package) })
  .describe("The packages that manifests and lock files name.");
export type DepsListOutput = z.infer<typeof DepsListOutput>;

/** `deps diff`. */
export const DepsDiffOutput = z
  .strictObject({
    schemaVersion,
    added: z.array(Package),
    removed: z.array(Package),
    changed: z.array(z.strictObject({ before: Package, after: Package })),
  })
  .describe("What one manifest or lock file has that another has not.");
export type DepsDiffOutput = z.infer<typeof DepsDiffOutput>;

/** `explain`. */
export const ExplainOutput = z
  .strictObject({
    schemaVersion,
    rule: z.string(),
    title: z.string(),
    severity: z.enum(["info", "warning", "error"]),
    points: z.int(),
    what: z.string(),
    why: z.string(),
    remedy: z.string(),
    url: z.url(),
  })
  .describe("A rule's page.");
export type ExplainOutput = z.infer<typeof ExplainOutput>;

/** `policy validate`. */
export const PolicyValidateOutput = z
  .strictObject({
    schemaVersion,
    path: z.string(),
    valid: z.boolean(),
    problems: z.array(z.strictObject({ message: z.string(), location: LocationRecord })),
  })
  .describe("The mistakes of a policy file.");
export type PolicyValidateOutput = z.infer<typeof PolicyValidateOutput>;

/** `policy show`. */
export const PolicyShowOutput = z
  .strictObject({
    schemaVersion,
    commit: z.string().describe("The merge base that it is read from."),
    hash: DigestText,
    problems: z.array(z.strictObject({ message: z.string(), location: LocationRecord })),
    values: z.array(
      z.strictObject({
        key: z.string(),
        value: z.unknown(),
        origin: z.discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("preset"), preset: z.string() }),
          z.strictObject({ kind: z.literal("file"), path: z.string(), line: z.int().min(1) }),
        ]),
      }),
    ),
  })
  .describe("The effective policy, with the origin of each value.");
export type PolicyShowOutput = z.infer<typeof PolicyShowOutput>;

/** `journal verify`. */
export const JournalVerifyOutput = z
  .strictObject({
    schemaVersion,
    whole: z.boolean(),
    entries: z.int().min(0).nullable().describe("Null where the chain is broken."),
    last: DigestText.nullable(),
    problem: z.string().nullable(),
  })
  .describe("Whether the chain of records is whole.");
export type JournalVerifyOutput = z.infer<typeof JournalVerifyOutput>;

/** `approve`. */
export const ApproveOutput = z
  .strictObject({
    schemaVersion,
    change: DigestText,
    tree: z.string().describe("The git tree that was approved, and nothing else."),
    policy: DigestText,
    address: DigestText.describe("Of the signed envelope."),
    keyId: z.string(),
    by: z
      .string()
      .nullable()
      .describe("The signer by the base's list; null where it is not in it."),
    state: ApprovalRecord.shape.state,
    status,
  })
  .describe("An approval that was given, and the verdict with it.");
export type ApproveOutput = z.infer<typeof ApproveOutput>;

/** `approvals`. */
export const ApprovalsOutput = z
  .strictObject({
    schemaVersion,
    change: DigestText,
    tree: z.string(),
    policy: DigestText,
    approvals: z.array(ApprovalRecord),
    problems: z
      .array(z.strictObject({ line: z.int().min(1), message: z.string() }))
      .describe("Lines of the base's list of signers that trust nobody."),
  })
  .describe("The approvals on record about exactly this content.");
export type ApprovalsOutput = z.infer<typeof ApprovalsOutput>;

/** `notes write`, `notes carry`. */
export const NotesWriteOutput = z
  .strictObject({
    schemaVersion,
    written: z.array(
      z.strictObject({
        commit: z.string(),
        status,
        lines: z.strictObject({
          added: z.int().min(0),
          ai: z.int().min(0),
          unknown: z.int().min(0),
        }),
        approvals: z.int().min(0),
      }),
    ),
  })
  .describe("The statements that were signed into refs/notes/shipgate.");

/** `notes show`. */
export const NotesShowOutput = z
  .strictObject({
    schemaVersion,
    commit: z.string(),
    statements: z.array(
      z.strictObject({
        kind: z.enum(["verification", "attribution", "approval", "other"]),
        state: z.enum(["holds", "refused"]),
        by: z.string().nullable().describe("Null where no key that the base lists signed it."),
        says: z.string(),
        why: z.string().nullable().describe("Why it is refused."),
      }),
    ),
  })
  .describe("The signed statements about a commit, each verified.");

/** `key create`, `key import`, `key show`. */
export const KeyOutput = z
  .strictObject({
    schemaVersion,
    keyId: z.string().describe("The fingerprint that `ssh-keygen -l` shows."),
    type: z.string(),
    origin: z.string().describe("A file, or `ssh-agent`."),
    allowedSigner: z.string().describe("The key's line for .shipgate/allowed-signers."),
  })
  .describe("A public key.");
export type KeyOutput = z.infer<typeof KeyOutput>;

/** `doctor`. */
export const DoctorOutput = z
  .strictObject({
    schemaVersion,
    items: z.array(
      z.strictObject({
        name: z.string(),
        status: z.enum(["good", "warning", "missing"]),
        detail: z.string(),
        remedy: z
          .string()
          .nullable()
          .describe("What to do next; null where nothing is to be done."),
      }),
    ),
  })
  .describe("What this machine has and lacks.");
export type DoctorOutput = z.infer<typeof DoctorOutput>;

/** `sandbox doctor`. */
export const SandboxDoctorOutput = z
  .strictObject({ schemaVersion, isolation: IsolationRecord })
  .describe("Which protection this machine can give, proven by trying.");
export type SandboxDoctorOutput = z.infer<typeof SandboxDoctorOutput>;

const Image = z.strictObject({
  recipe: z.string(),
  variant: z.enum(["runtime", "dev"]),
  /** By which the engine knows it; null where it was not built on this machine. */
  digest: DigestText.nullable(),
  sizeBytes: z.int().min(0).nullable(),
  packages: z.int().min(0).nullable(),
  builtAt: z.iso.datetime().nullable(),
  sbom: z.string().nullable().describe("Path of its CycloneDX SBOM."),
  faults: z.array(z.string()).describe("What its audit found."),
});

/** `image list`. */
export const ImageListOutput = z
  .strictObject({ schemaVersion, images: z.array(Image) })
  .describe("Hardened images, and which of them were built on this machine.");
export type ImageListOutput = z.infer<typeof ImageListOutput>;

/** `image build`. */
export const ImageBuildOutput = z
  .strictObject({ schemaVersion, image: Image })
  .describe("The image that was built.");
export type ImageBuildOutput = z.infer<typeof ImageBuildOutput>;

/** `ship`. */
export const ShipOutput = z
  .strictObject({
    schemaVersion,
    status,
    plan: z
      .strictObject({
        name: z.string(),
        tag: z.string(),
        commit: z.string(),
        tree: z.string(),
        change: DigestText,
        score: z.int(),
        approvals: z.int().min(0).describe("How many count."),
        base: z.strictObject({ name: z.string(), digest: DigestText }),
        packages: z.array(z.string()),
        files: z.array(z.string()),
        leftOut: z.int().min(0),
        leftOutBy: z.enum([".dockerignore", "default"]),
        dockerfile: z.string(),
      })
      .nullable()
      .describe("What the image is made of; null where the verdict does not let it through."),
    shipment: z
      .strictObject({
        digest: DigestText.describe("Of the image's manifest: what to run and to verify."),
        index: DigestText.describe("Of the index that the tag points to."),
        reference: z.string(),
        place: z.string(),
        sizeBytes: z.int().min(0),
        papers: z.array(z.string()).describe("Predicate types of what is attached."),
        keyId: z.string(),
      })
      .nullable()
      .describe("Null where nothing was shipped."),
  })
  .describe("What was shipped.");
export type ShipOutput = z.infer<typeof ShipOutput>;

/** `verify`. */
export const VerifyOutput = z
  .strictObject({
    schemaVersion,
    status,
    place: z.string(),
    reference: z.string(),
    digest: DigestText.nullable().describe("Of the image's manifest; null where it is damaged."),
    keys: z.array(z.string()).describe("The keys that were trusted."),
    links: z.array(
      z.strictObject({
        name: z.enum(LINKS),
        status: z.enum(["proven", "broken", "missing", "absent"]),
        says: z.array(z.string()),
        by: z.array(z.string()),
      }),
    ),
  })
  .describe("What is proven of an image, by whom, and what is not.");
export type VerifyOutput = z.infer<typeof VerifyOutput>;

/** Every published schema, by the name of its file in docs/schemas. */
export const OUTPUT_SCHEMAS = {
  check: CheckOutput,
  run: RunOutput,
  score: ScoreOutput,
  "deps-list": DepsListOutput,
  "deps-diff": DepsDiffOutput,
  explain: ExplainOutput,
  "policy-validate": PolicyValidateOutput,
  "policy-show": PolicyShowOutput,
  "journal-verify": JournalVerifyOutput,
  approve: ApproveOutput,
  approvals: ApprovalsOutput,
  "notes-write": NotesWriteOutput,
  "notes-show": NotesShowOutput,
  key: KeyOutput,
  doctor: DoctorOutput,
  "sandbox-doctor": SandboxDoctorOutput,
  "image-list": ImageListOutput,
  "image-build": ImageBuildOutput,
  ship: ShipOutput,
  verify: VerifyOutput,
} as const;
