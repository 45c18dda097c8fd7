import { setTimeout as sleep } from "node:timers/promises";

import { type ExtensionContext, type LogOutputChannel } from "vscode";
import {
  CloseAction,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  TransportKind,
} from "vscode-languageclient/node";

import type { InitializationOptions } from "../server/protocol.ts";
import { afterCrash } from "./restarts.ts";
import { isTrusted } from "./trust.ts";

/** The language client, not yet started: the server is a process of its own, spoken to over node's ipc. */
export function createClient(
  context: ExtensionContext,
  log: LogOutputChannel,
  middleware: Middleware,
): LanguageClient {
  const module = context.asAbsolutePath("dist/server.cjs");
  const run = { module, transport: TransportKind.ipc };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: "file" }],
    outputChannel: log,
    initializationOptions: (): InitializationOptions => ({
      trusted: isTrusted(),
      showsRulePages: true,
    }),
    errorHandler: restartAfterCrash(log),
    middleware,
  };
  return new LanguageClient("shipgate", "Shipgate", { run, debug: run }, options);
}

/** Starts a crashed server again, later and later, and says so in the log instead of in a pop-up. */
function restartAfterCrash(log: LogOutputChannel): ErrorHandler {
  const crashes: number[] = [];
  return {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    async closed() {
      crashes.push(Date.now());
      const decision = afterCrash(crashes);
      if (!decision.restart) {
        return {
          action: CloseAction.DoNotRestart,
          message: "Shipgate's server ended too often. “Shipgate: Restart Server” starts it again.",
        };
      }
      log.warn("The server ended; it is started again.", { inMs: decision.delayMs });
      await sleep(decision.delayMs);
      return { action: CloseAction.Restart, handled: true };
    },
  };
}
