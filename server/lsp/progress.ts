import {
  type Connection,
  type WorkDoneProgressReporter,
  type WorkDoneProgressServerReporter,
} from "vscode-languageserver/node";

import type { Progress } from "../engine/ports.ts";
import { signalOf } from "./handle.ts";

export interface ShownProgress {
  readonly progress: Progress;
  /** Aborts when the person presses cancel. */
  readonly signal: AbortSignal;
  done(): void;
}

/**
 * Shows work with the standard work-done progress: on the token that the client sent with its
 * request, else on one that the server creates, else not at all.
 */
export async function showProgress(
  connection: Connection,
  title: string,
  options: {
    readonly given: WorkDoneProgressReporter | undefined;
    readonly canCreate: boolean;
  },
): Promise<ShownProgress> {
  if (options.given !== undefined) return begin(options.given, title, new AbortController().signal);
  if (!options.canCreate) return SILENT;
  const created: WorkDoneProgressServerReporter | null = await connection.window
    .createWorkDoneProgress()
    .catch(() => null);
  // The protocol: after a refusal nothing may be sent on the token. The work is done all the same.
  if (created === null) return SILENT;
  return begin(created, title, signalOf(created.token));
}

const SILENT: ShownProgress = {
  progress: () => {},
  signal: new AbortController().signal,
  done: () => {},
};

function begin(
  reporter: WorkDoneProgressReporter,
  title: string,
  signal: AbortSignal,
): ShownProgress {
  reporter.begin(title, undefined, undefined, true);
  return {
    progress(message, share) {
      if (share === undefined) reporter.report(message);
      else reporter.report(Math.round(Math.min(1, Math.max(0, share)) * 100), message);
    },
    signal,
    done: () => reporter.done(),
  };
}
