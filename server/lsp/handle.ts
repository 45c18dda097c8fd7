import {
  type CancellationToken,
  ErrorCodes,
  LSPErrorCodes,
  ResponseError,
} from "vscode-languageserver/node";

import { GateError } from "../engine/errors.ts";
import type { Log } from "../engine/ports.ts";

/**
 * The one wrapper around every request handler: whatever is thrown is thrown on as a ResponseError, a
 * GateError with its remedy, a cancelled one with the protocol's code, a bug with its stack in the log.
 */
export async function answer<Result>(
  log: Log,
  method: string,
  token: CancellationToken | undefined,
  handler: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  try {
    return await handler(signalOf(token));
  } catch (error) {
    throw responseError(log, method, error);
  } finally {
    log.debug("Answered.", { method, ms: Math.round(performance.now() - started) });
  }
}

/** The wrapper of notifications and timers, which nobody waits for. */
export function attempt(log: Log, what: string, work: () => void | Promise<void>): void {
  void (async () => {
    try {
      await work();
    } catch (error) {
      if (!GateError.is(error, "cancelled")) log.error("Failed.", { what, ...errorFields(error) });
    }
  })();
}

/** An AbortSignal that follows a cancellation token. */
export function signalOf(token: CancellationToken | undefined): AbortSignal {
  const controller = new AbortController();
  if (token?.isCancellationRequested) controller.abort();
  token?.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** An error as log fields: a message for those a user can meet, a stack for bugs. */
export function errorFields(error: unknown): Record<string, unknown> {
  if (GateError.is(error))
    return { code: error.code, message: error.message, remedy: error.remedy };
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function responseError(
  log: Log,
  method: string,
  error: unknown,
): ResponseError<{ code: string; remedy: string }> {
  if (GateError.is(error)) {
    const code =
      error.code === "cancelled" ? LSPErrorCodes.RequestCancelled : LSPErrorCodes.RequestFailed;
    log.warn("Could not answer.", { method, ...errorFields(error) });
    return new ResponseError(code, `${error.message} ${error.remedy}`, {
      code: error.code,
      remedy: error.remedy,
    });
  }
  log.error("A handler threw.", { method, ...errorFields(error) });
  return new ResponseError(
    ErrorCodes.InternalError,
    "Shipgate met a mistake of its own; its output channel has the details.",
    { code: "bug", remedy: "Report it with what the output channel says." },
  );
}
