import {
  NotificationType,
  NotificationType0,
  RequestType,
  RequestType0,
  type URI,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol";

import type { Review } from "./core/review.ts";

/**
 * What Shipgate says beside the Language Server Protocol, in one place for both ends.
 * Standard messages come first: diagnostics, code actions, hovers, commands, work-done progress.
 * docs/protocol.md describes each message; a test keeps the two in step.
 */

/** `initializationOptions`: what the server must know before it looks at anything. */
export interface InitializationOptions {
  /** Whether the person trusts the workspace. Without trust nothing of it is run. Default: false. */
  readonly trusted?: boolean;
  /** Whether the client shows the answer of `explainRule` itself; else the server asks it to open the page's URL. */
  readonly showsRulePages?: boolean;
}

/** Client to server: the person now trusts the workspace. Trust is never taken back while the server runs. */
export const TrustGranted = new NotificationType0("shipgate/trustGranted");

/** What stands in the status bar's first word. */
export type TrustState =
  | "computing"
  | "running"
  | "pass"
  | "fail"
  | "unproven"
  | "no-engine"
  | "no-repository"
  | "no-commits"
  | "untrusted"
  | "off"
  | "error";

/** Something that wins points back, as a command of the editor's or the server's. */
export type Mend =
  | { readonly kind: "run" }
  | { readonly kind: "open"; readonly uri: URI; readonly line: number }
  | { readonly kind: "none" };

/** One line of the sum. */
export interface TrustLine {
  /** Points taken off, greater than 0. */
  readonly points: number;
  readonly reason: string;
  readonly remedy: string;
  readonly mend: Mend;
}

/** What the status bar shows about one workspace folder. All texts are final; the editor only paints. */
export interface TrustStatus {
  readonly folder: URI;
  readonly state: TrustState;
  readonly branch: string | null;
  /** 0 to 100; null while there is none. */
  readonly score: number | null;
  readonly grade: string | null;
  /** Lines of the sum, largest deduction first: `100 − Σ points + spared = score`. */
  readonly deductions: readonly TrustLine[];
  /** Points that were not taken because a score does not go below 0. */
  readonly spared: number;
  /** One sentence about the verdict, or about what stands in the way. */
  readonly summary: string;
  /** What to do next, in one sentence; empty where there is nothing to do. */
  readonly remedy: string;
  /** The isolation that the last run proved, in words; null where nothing was run. */
  readonly isolation: string | null;
}

/** Server to client: the trust status of a folder changed. */
export const TrustStatusChanged = new NotificationType<TrustStatus>("shipgate/trustStatusChanged");

/** Client to server: the trust status of every folder, as last published. */
export const GetTrustStatuses = new RequestType0<readonly TrustStatus[], void>(
  "shipgate/getTrustStatuses",
);

/** How often a document changed in each way since the last report, as far as the stable API tells. */
export interface EditObserved {
  readonly uri: URI;
  /** Changes directly followed by a keyboard selection event: typing or pasting. */
  readonly typed: number;
  readonly undone: number;
  readonly redone: number;
  /** Everything else: extensions, refactorings, files reloaded from disk. */
  readonly other: number;
}

/** Client to server: how open documents were changed. Counts only: content never leaves by this way. */
export const EditsObserved = new NotificationType<readonly EditObserved[]>(
  "shipgate/editsObserved",
);

export interface FolderParams {
  readonly folder: URI;
}

/** Client to server: the last review of a folder, null where there is none yet. */
export const GetReview = new RequestType<FolderParams, Review | null, void>("shipgate/getReview");

/**
 * Commands that the server executes, with the standard `workspace/executeCommand`.
 * `runChange` takes `[FolderParams?]` and answers `RunResult | null`; `explainRule` takes `[rule id]`
 * and answers `RulePage`.
 */
export const SERVER_COMMANDS = {
  runChange: "shipgate.server.runChange",
  explainRule: "shipgate.server.explainRule",
} as const;

/** What a run came to, in words for a notification. */
export interface RunResult {
  readonly status: "pass" | "fail" | "unproven";
  readonly score: number;
  readonly summary: string;
}

/** A rule's page, readable without a network. */
export interface RulePage {
  readonly rule: string;
  readonly url: string;
  readonly markdown: string;
}

/** Server to client: the last review of a folder is another one, or is gone. */
export const ReviewChanged = new NotificationType<FolderParams>("shipgate/reviewChanged");

/** What the findings of the view are put together by. */
export type FindingGroups = "file" | "rule";

export interface ChangeViewParams extends FolderParams {
  readonly groupBy: FindingGroups;
}

/** What can be done with a line of the view. */
export type ViewAction = "open" | "diff" | "run" | "explain" | "fix";

/** How a line of the view looks, in words of the theme. */
export type ViewTone = "plain" | "error" | "warning" | "info" | "good" | "muted";

/** One line of the view. All texts are final and plain; the editor only paints. */
export interface ViewNode {
  /** The same line has the same id in every review. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  /** What a screen reader says. */
  readonly spoken: string;
  /** The name of one of the editor's own icons; `file` takes that of the file's type. */
  readonly icon: string;
  readonly tone: ViewTone;
  /** Where it leads; the line counts from 1. */
  readonly place: { readonly uri: URI; readonly line: number } | null;
  /** The rule that can be explained. */
  readonly rule: string | null;
  readonly actions: readonly ViewAction[];
  readonly expanded: boolean;
  readonly children: readonly ViewNode[];
}

/** What the view container shows about one folder; empty lists where there is nothing to show. */
export interface ChangeView {
  readonly folder: URI;
  /** Verdict and score, then who wrote what. */
  readonly change: readonly ViewNode[];
  readonly findings: readonly ViewNode[];
  readonly runs: readonly ViewNode[];
  /** How many findings stand in the way of the change. */
  readonly blocking: number;
}

/** Client to server: what the view container shows, null where nothing was judged yet. */
export const GetChangeView = new RequestType<ChangeViewParams, ChangeView | null, void>(
  "shipgate/getChangeView",
);

export interface FixParams extends FolderParams {
  /** The `id` of a finding's line in the view. */
  readonly id: string;
}

/** Client to server: the edit that mends a finding; null where there is none, or its file was edited since. */
export const GetFix = new RequestType<FixParams, WorkspaceEdit | null, void>("shipgate/getFix");

export interface DocumentParams {
  readonly uri: URI;
}

/** Lines of an open document that one author wrote; both ends count from 1 and belong to it. */
export interface LineMark {
  readonly startLine: number;
  readonly endLine: number;
  readonly author: "ai" | "human" | "unknown";
}

/** Client to server: who wrote the lines that the change adds to a document, as it stands in the editor. */
export const GetLineMarks = new RequestType<DocumentParams, readonly LineMark[], void>(
  "shipgate/getLineMarks",
);

/** A test that the last run of head or base knew. All texts are final. */
export interface TestResult {
  readonly id: string;
  readonly label: string;
  readonly place: { readonly uri: URI; readonly line: number } | null;
  /** How it ended on head; null where head has no such test. */
  readonly head: "passed" | "failed" | "skipped" | null;
  /** Milliseconds on head. */
  readonly durationMs: number;
  /** What changed against the base, in words. */
  readonly description: string;
  /** Why it failed; empty where it did not. */
  readonly message: string;
}

/** The tests of the last run of a change. */
export interface TestResults {
  /** Another run has another id. */
  readonly id: string;
  readonly tests: readonly TestResult[];
  /** The last part of what head printed. */
  readonly output: string;
}

/** Client to server: the tests of the last run of a folder's change; null where it was not run. */
export const GetTestResults = new RequestType<FolderParams, TestResults | null, void>(
  "shipgate/getTestResults",
);

/** `page`: for the editor, with links into it; `html`: a file of its own; `markdown`: for a pull request. */
export type ReportFormat = "page" | "html" | "markdown";

export interface ReportParams extends FolderParams {
  readonly format: ReportFormat;
}

/** Client to server: the report of a folder's change; null where nothing was judged yet. */
export const GetReport = new RequestType<ReportParams, string | null, void>("shipgate/getReport");

/** One side of a file of the change. */
export interface SideParams extends DocumentParams {
  readonly side: "base";
}

/** Client to server: a file's text at the base; empty for a file that base does not have, null outside the change. */
export const GetSide = new RequestType<SideParams, string | null, void>("shipgate/getSide");

/** A place to look at in a review; lines count from 1. */
export interface ReviewPlace {
  readonly uri: URI;
  readonly line: number;
  readonly endLine: number;
}

/** Client to server: what assistants wrote and what was found, in the order in which to look at it. */
export const GetReviewPlaces = new RequestType<FolderParams, readonly ReviewPlace[], void>(
  "shipgate/getReviewPlaces",
);

export interface RevertParams extends DocumentParams {
  /** A line of the document as it stands in the editor, from 1. */
  readonly line: number;
}

/** Client to server: the edit that brings back the base's lines at a place; null where nothing was changed. */
export const GetRevert = new RequestType<RevertParams, WorkspaceEdit | null, void>(
  "shipgate/getRevert",
);

export interface FixPromptParams extends FolderParams {
  /** The `id` of a finding's line in the view; left out, everything that stands in the way. */
  readonly id?: string;
}

/** Client to server: what to tell an assistant, so that it mends its change; null where there is nothing to mend. */
export const GetFixPrompt = new RequestType<FixPromptParams, string | null, void>(
  "shipgate/getFixPrompt",
);

/** Client to server: every rule that exists, with its title. */
export const ListRules = new RequestType0<
  readonly { readonly rule: string; readonly title: string }[],
  void
>("shipgate/listRules");
