import type { ExecuteCommandParams, WorkDoneProgressReporter } from "vscode-languageserver/node";
import { z } from "zod";

import { isRuleId, ruleUrl } from "../core/rules.ts";
import { GateError } from "../engine/errors.ts";
import { type RulePage, type RunResult, SERVER_COMMANDS } from "../protocol.ts";
import { rulePage } from "./diagnostics.ts";
import type { Folders } from "./folders.ts";
import type { ShownProgress } from "./progress.ts";
import { reviewSummary } from "./trust-status.ts";

export interface CommandInput {
  readonly folders: Folders;
  /** Begins to show a long piece of work. */
  readonly showProgress: (
    title: string,
    given?: WorkDoneProgressReporter,
  ) => Promise<ShownProgress>;
  /** Whether the client can show a URL by itself; it then gets no page to show. */
  readonly openUrl: ((url: string) => Promise<void>) | null;
  readonly progress?: WorkDoneProgressReporter;
  readonly signal: AbortSignal;
}

const RunArguments = z.tuple([z.object({ folder: z.string().max(8192) })]).or(z.tuple([]));
const ExplainArguments = z.tuple([z.string().max(200)]);

/** Executes one of the server's commands. Throws GateError `bad-usage` for what it does not know. */
export async function executeCommand(
  { command, arguments: given = [] }: ExecuteCommandParams,
  input: CommandInput,
): Promise<RunResult | RulePage> {
  switch (command) {
    case SERVER_COMMANDS.runChange: {
      const parsed = RunArguments.safeParse(given);
      if (!parsed.success) throw badArguments(command);
      return await runChange(parsed.data[0]?.folder, input);
    }
    case SERVER_COMMANDS.explainRule: {
      const parsed = ExplainArguments.safeParse(given);
      if (!parsed.success) throw badArguments(command);
      return await explainRule(parsed.data[0], input);
    }
    default:
      throw new GateError("bad-usage", "The server has no such command.", {
        remedy: `It has ${Object.values(SERVER_COMMANDS).join(", ")}.`,
      });
  }
}

async function runChange(folder: string | undefined, input: CommandInput): Promise<RunResult> {
  const gate = input.folders.gateOf(folder);
  const shown = await input.showProgress("Shipgate: running in the sandbox", input.progress);
  try {
    const signal = AbortSignal.any([input.signal, shown.signal]);
    const review = await gate.run(shown.progress, signal);
    const { verdict, score } = review;
    return { status: verdict.status, score: score.value, summary: reviewSummary(review) };
  } finally {
    shown.done();
  }
}

async function explainRule(rule: string, { openUrl }: CommandInput): Promise<RulePage> {
  if (!isRuleId(rule)) {
    throw new GateError("bad-usage", "There is no such rule.", {
      remedy: "Take the code of one of Shipgate's diagnostics.",
    });
  }
  const url = ruleUrl(rule);
  if (openUrl !== null) await openUrl(url);
  return { rule, url, markdown: rulePage(rule) };
}

function badArguments(command: string): GateError {
  return new GateError("bad-usage", `${command} was called with arguments that it does not take.`, {
    remedy: "docs/protocol.md has what it takes.",
  });
}
