/** What can go wrong for a reason that a user can mend. */
export type GateErrorCode =
  | "not-a-repository"
  | "no-commits"
  | "no-base"
  | "git-failed"
  | "git-missing"
  | "bad-usage"
  | "bad-input"
  | "no-engine"
  | "engine-failed"
  | "image-failed"
  | "no-command"
  | "journal-broken"
  | "registry-failed"
  | "setup-failed"
  | "no-key"
  | "signing-failed"
  | "not-shippable"
  | "bad-content"
  | "cancelled";

/**
 * An error that a user meets. The message says what happened and why; `remedy` what to do next.
 * Anything else that is thrown is a bug of ours.
 */
export class GateError extends Error {
  readonly code: GateErrorCode;
  readonly remedy: string;

  constructor(code: GateErrorCode, message: string, options: { remedy: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "GateError";
    this.code = code;
    this.remedy = options.remedy;
  }

  /** Whether an error is ours, and of the given code when one is given. */
  static is(error: unknown, code?: GateErrorCode): error is GateError {
    return error instanceof GateError && (code === undefined || error.code === code);
  }
}

/** The error of something that the user stopped. */
export function cancelled(what: string): GateError {
  return new GateError("cancelled", `${what} was cancelled.`, { remedy: "Start it again." });
}
