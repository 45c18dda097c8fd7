import {
  NotificationType,
  NotificationType0,
  RequestType,
  RequestType0,
  type URI,
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

/** Client to server: every rule that exists, with its title. */
export const ListRules = new RequestType0<
  readonly { readonly rule: string; readonly title: string }[],
  void
>("shipgate/listRules");
