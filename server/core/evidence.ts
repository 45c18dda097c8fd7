import type { Change } from "./change.ts";
import type { Digest } from "./digest.ts";
import type { RuleId } from "./rules.ts";
import type { RunRecord } from "./run.ts";
import { EVIDENCE_KINDS, type EvidenceKind } from "./verdict.ts";

/** What is on record about a change beside its findings. */
export interface Evidence {
  readonly change: Digest;
  /** Kinds of evidence that are there, or that a change like this needs none of. */
  readonly had: readonly EvidenceKind[];
}

/** How to speak of missing evidence, and which rule's findings already speak of it. */
export const MISSING: {
  readonly [kind in EvidenceKind]: {
    readonly reason: string;
    readonly remedy: string;
    /** Findings of this rule are the same lack told at a place; it is not charged twice. */
    readonly toldBy: RuleId | null;
  };
} = {
  run: {
    reason: "no sandbox run",
    remedy: "Run the change in the sandbox.",
    toldBy: "sandbox/could-not-run",
  },
  attribution: {
    reason: "lines that nobody is on record for",
    remedy: "Connect the assistant that wrote them, or accept them as your own.",
    toldBy: "provenance/unattributed",
  },
  facts: {
    reason: "facts about the packages are missing",
    remedy: "Check again with a connection to the configured registry.",
    toldBy: "dependency/facts-missing",
  },
  approval: {
    reason: "no approval of this exact content",
    remedy: "Have a person look at the change and approve it.",
    toldBy: null,
  },
};

/** What the change, its runs and the kinds that the caller knows to be there amount to. */
export function gatherEvidence(
  change: Change,
  runs: { readonly base: RunRecord; readonly head: RunRecord } | null,
  also: readonly EvidenceKind[],
): Evidence {
  if (change.files.length === 0) return { change: change.id, had: EVIDENCE_KINDS };
  const had = new Set<EvidenceKind>(also);
  if (runs !== null && isUsable(runs.base) && isUsable(runs.head)) had.add("run");
  if (change.files.every(isAttributed)) had.add("attribution");
  return { change: change.id, had: EVIDENCE_KINDS.filter((kind) => had.has(kind)) };
}

/** The kinds that are asked for and are not there, in the order of EVIDENCE_KINDS. */
export function missingEvidence(
  evidence: Evidence,
  require: readonly EvidenceKind[],
): readonly EvidenceKind[] {
  return EVIDENCE_KINDS.filter((kind) => require.includes(kind) && !evidence.had.includes(kind));
}

/** A run proves something only where it ended by itself in a box that proved its walls. */
function isUsable({ end, isolation }: RunRecord): boolean {
  return (
    end.reason === "exited" &&
    isolation.level !== "none" &&
    isolation.selfTest.connectionDenied &&
    isolation.selfTest.writeDenied
  );
}

function isAttributed(file: Change["files"][number]): boolean {
  return file.lines.every(({ attribution }) => attribution.kind !== "unknown");
}
