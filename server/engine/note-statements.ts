import { ApprovalStatement } from "../core/attest/approval.ts";
import { AttributionStatement } from "../core/attest/attribution.ts";
import { type AnyStatement, PREDICATES } from "../core/attest/statement.ts";
import { VERDICT_FIELD, VerificationStatement } from "../core/attest/verification.ts";
import type { GitObjectId } from "../core/edit.ts";
import { readTrustedKeys } from "./approvals.ts";
import { isAbout } from "./carry-authors.ts";
import { type NoteContext, parentOf } from "./notes.ts";
import type { NoteVerification } from "./ports.ts";

/** One statement of a note: what it says, who signed it, and whether it holds. */
export interface ShownStatement {
  readonly kind: "verification" | "attribution" | "approval" | "other";
  readonly state: "holds" | "refused";
  /** The signer by the base's list; null where no listed key signed it. */
  readonly by: string | null;
  readonly says: string;
  readonly why: string | null;
}

/** The statements in the note of a commit, each verified against the list of the commit's base. */
export async function readStatements(
  { ports, signal }: NoteContext,
  commit: GitObjectId,
): Promise<readonly ShownStatement[]> {
  const { repository, notes, clock } = ports;
  const lines = await notes.read(commit, signal);
  if (lines.length === 0) return [];
  const ends = await repository.readChange({ head: commit }, signal);
  // On the default branch itself the list is the one that the commit was accepted under: its parent's.
  const isMerged = ends.base.commit === commit;
  const base = isMerged
    ? await repository
        .readChange({ head: commit, base: parentOf(commit) }, signal)
        .catch(() => ends)
    : ends;
  const { keys } = await readTrustedKeys(repository, base, signal);
  return lines.map((text) => shown(notes.verify(text, keys, clock.now()), commit, ends.head.tree));
}

function shown(result: NoteVerification, commit: GitObjectId, tree: GitObjectId): ShownStatement {
  if (!result.holds) {
    return { kind: "other", state: "refused", by: null, says: "a statement", why: result.reason };
  }
  const { statement, by } = result;
  const isApproval = statement.predicateType === PREDICATES.approval;
  const fits = isApproval
    ? statement.subject.every(({ digest }) => digest["gitTree"] === tree)
    : isAbout(statement, commit);
  const told = tell(statement);
  return {
    ...told,
    by,
    state: fits && told.kind !== "other" ? "holds" : "refused",
    why: fits ? null : "it is about another commit",
  };
}

function tell(statement: AnyStatement): Pick<ShownStatement, "kind" | "says"> {
  const verification = VerificationStatement.safeParse(statement).data;
  if (verification) {
    const { status, score, grade } = verification.predicate[VERDICT_FIELD];
    return { kind: "verification", says: `${status}, trust score ${score} ${grade}` };
  }
  const attribution = AttributionStatement.safeParse(statement).data;
  if (attribution) {
    const { lines, sessions } = attribution.predicate;
    const agents = [...new Set(sessions.map(({ agent }) => agent))].join(", ");
    const by = agents === "" ? "" : ` (${agents})`;
    const says = `${lines.added} lines, ${lines.ai} by assistants${by}, ${lines.unknown} unknown`;
    return { kind: "attribution", says };
  }
  const approval = ApprovalStatement.safeParse(statement).data;
  if (approval) return { kind: "approval", says: approval.predicate.reason || "no reason given" };
  return { kind: "other", says: `a statement of a kind that is not known` };
}
