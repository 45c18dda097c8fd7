import type { Finding } from "../core/finding.ts";
import type { Review } from "../core/review.ts";
import type { Isolation } from "../core/run.ts";
import type { Deduction } from "../core/score.ts";
import type { Reason } from "../core/verdict.ts";
import { GateError } from "../engine/errors.ts";
import type { Mend, TrustLine, TrustState, TrustStatus } from "../protocol.ts";
import type { UriOf } from "./diagnostics.ts";

/** What is known about a folder beside its review. */
export interface FolderState {
  readonly folder: string;
  readonly trusted: boolean;
  readonly activity: "idle" | "computing" | "running";
  readonly review: Review | null;
  /** What made judging impossible, where something did. */
  readonly error: unknown;
  /** Why nothing can be run on this machine; null where an engine answered, or nobody asked yet. */
  readonly noEngine: { readonly message: string; readonly remedy: string } | null;
  readonly uriOf: UriOf;
}

/** What the editor says about a folder. Pure; every text is final. */
export function trustStatus(state: FolderState): TrustStatus {
  const { folder, review } = state;
  if (state.error !== null) return troubled(state);
  if (review === null) {
    return {
      ...blank(folder),
      state: "computing",
      summary: "Judging the change for the first time.",
    };
  }
  const { score, change } = review;
  const lines = score.deductions.map((deduction) =>
    lineOf(deduction, review.findings, state.uriOf),
  );
  const sum = lines.reduce((total, line) => total + line.points, 0);
  return {
    folder,
    state: stateOf(state, review),
    branch: change.branch,
    score: score.value,
    grade: score.grade,
    deductions: lines,
    spared: score.value - (100 - sum),
    ...sentences(state, review),
    isolation: review.runs === null ? null : isolationText(review.runs.head.isolation),
  };
}

/** What a review comes to, in one sentence. */
export function reviewSummary(review: Review): string {
  return verdictSentences(review).summary;
}

/** The status of a folder whose checks are switched off. */
export function offStatus(folder: string): TrustStatus {
  return {
    ...blank(folder),
    state: "off",
    summary: "Shipgate is switched off for this folder.",
    remedy: "Set `shipgate.enable` to true to switch it on.",
  };
}

/** What a run proved about its own box, in words. */
export function isolationText({ level, engine, selfTest }: Isolation): string {
  const proofs: readonly (readonly [boolean, string])[] = [
    [selfTest.connectionDenied, "connection denied"],
    [selfTest.writeDenied, "write denied"],
    [selfTest.limitsApplied, "limits applied"],
    [selfTest.unprivileged, "unprivileged"],
  ];
  const held = proofs.filter(([holds]) => holds).map(([, text]) => text);
  const missing = proofs.filter(([holds]) => !holds).map(([, text]) => text);
  const proven = held.length === 0 ? "nothing proven" : `proven by self-test: ${held.join(", ")}`;
  const unproven = missing.length === 0 ? "" : `; not proven: ${missing.join(", ")}`;
  return `${level} (${engine}; ${proven}${unproven})`;
}

function blank(folder: string): TrustStatus {
  return {
    folder,
    state: "computing",
    branch: null,
    score: null,
    grade: null,
    deductions: [],
    spared: 0,
    summary: "",
    remedy: "",
    isolation: null,
  };
}

function troubled({ folder, error }: FolderState): TrustStatus {
  if (!GateError.is(error)) {
    return {
      ...blank(folder),
      state: "error",
      summary: "Shipgate met a mistake of its own.",
      remedy: "Its output channel has the details.",
    };
  }
  return {
    ...blank(folder),
    state: stateOfError(error),
    summary: error.message,
    remedy: error.remedy,
  };
}

function stateOfError(error: GateError): TrustState {
  if (error.code === "not-a-repository") return "no-repository";
  if (error.code === "no-commits") return "no-commits";
  return "error";
}

/** A failed verdict outweighs what could not be looked at; a missing engine explains an unproven one. */
function stateOf(state: FolderState, review: Review): TrustState {
  if (state.activity !== "idle") return state.activity;
  const { status } = review.verdict;
  if (status === "unproven" && !state.trusted) return "untrusted";
  if (status === "unproven" && state.noEngine !== null) return "no-engine";
  return status;
}

function sentences(
  state: FolderState,
  review: Review,
): { readonly summary: string; readonly remedy: string } {
  const shown = stateOf(state, review);
  if (shown === "running") return { summary: "Running base and head in the sandbox.", remedy: "" };
  if (shown === "untrusted") {
    return {
      summary: "This workspace is not trusted: only static checks are made, nothing is run.",
      remedy: "Trust the workspace to run the change in the sandbox.",
    };
  }
  if (shown === "no-engine" && state.noEngine !== null)
    return { summary: state.noEngine.message, remedy: state.noEngine.remedy };
  return verdictSentences(review);
}

function verdictSentences(review: Review): { readonly summary: string; readonly remedy: string } {
  const { status, reasons } = review.verdict;
  const [first] = reasons;
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : "";
  const why = first === undefined ? "." : `: ${first.text.replace(/\.$/, "")}${more}.`;
  const remedy = first === undefined ? "" : remedyOf(first, review);
  switch (status) {
    case "pass":
      return {
        summary:
          review.change.files.length === 0
            ? "Nothing differs from the base."
            : "Nothing stands in the way of this change.",
        remedy: "",
      };
    case "fail":
      return { summary: `The policy stops this change${why}`, remedy };
    case "unproven":
      return { summary: `Evidence is missing${why}`, remedy };
  }
}

/** What mends a reason of the verdict: its finding's remedy, or that of the points that it costs. */
function remedyOf(reason: Reason, { findings, score }: Review): string {
  if (reason.kind === "finding") {
    return findings.find((it) => it.fingerprint === reason.fingerprint)?.remedy ?? "";
  }
  const cost = score.deductions.find(
    ({ subject }) => subject.kind === "missing" && subject.evidence === reason.evidence,
  );
  return cost?.remedy ?? "";
}

function lineOf(deduction: Deduction, findings: readonly Finding[], uriOf: UriOf): TrustLine {
  const { points, reason, remedy } = deduction;
  return { points, reason, remedy, mend: mendOf(deduction, findings, uriOf) };
}

function mendOf({ subject }: Deduction, findings: readonly Finding[], uriOf: UriOf): Mend {
  if (subject.kind === "missing") return subject.evidence === "run" ? { kind: "run" } : NOTHING;
  const finding = findings.find((it) => it.fingerprint === subject.fingerprint);
  if (finding === undefined) return NOTHING;
  if (finding.rule === "sandbox/could-not-run") return { kind: "run" };
  const { path, startLine } = finding.location;
  return { kind: "open", uri: uriOf(path), line: startLine };
}

const NOTHING: Mend = { kind: "none" };
