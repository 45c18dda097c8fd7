import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";

import { pageOf, unknownRule } from "../cli/commands/explain.ts";
import { CheckOutput, ExplainOutput, RunOutput, ScoreOutput } from "../cli/output.ts";
import { reportJson } from "../cli/reporters/json.ts";
import { reportRunText, reportScoreText, reportText } from "../cli/reporters/text.ts";
import { runStatus, sandboxFindings } from "../cli/run-status.ts";
import { printable } from "../core/printable.ts";
import type { Review } from "../core/review.ts";
import { isRuleId } from "../core/rules.ts";
import { cancelled, GateError } from "../engine/errors.ts";
import type { ChangeSelection, Log, Progress } from "../engine/ports.ts";
import type { ReviewOptions } from "../engine/session.ts";
import { connectTo, openGate } from "../wire.ts";

/** What the tools work on: one repository, which the caller cannot change. */
export interface ToolOptions {
  readonly dir: string;
  readonly log: Log;
}

const revision = z
  .string()
  .min(1)
  .max(512)
  .regex(/^\P{Cc}*$/u, "A revision has no control characters.");

const Selection = z.strictObject({
  base: revision.optional().describe("Take the merge base with this revision."),
  head: revision.optional().describe("Take this revision instead of the working tree."),
  staged: z.boolean().optional().describe("Take what is staged instead of the working tree."),
});

const Run = z.strictObject({
  base: Selection.shape.base,
  head: Selection.shape.head,
  command: z
    .array(z.string().max(4_096))
    .min(1)
    .max(64)
    .optional()
    .describe(
      "What is run on base and head instead of the policy's command, as separate arguments.",
    ),
});

const Explain = z.strictObject({
  finding: z
    .string()
    .min(1)
    .max(200)
    .describe("A rule's id, such as `dependency/added`, or the fingerprint of a finding."),
});

/** Puts the four tools into a server. What they answer is what the command line prints as JSON. */
export function registerTools(server: McpServer, options: ToolOptions): void {
  const readOnly = { readOnlyHint: true, destructiveHint: false, openWorldHint: false } as const;
  server.registerTool(
    "check_change",
    {
      title: "Check change",
      description:
        "Judge the change of this repository against its merge base: findings with remedies, verdict and trust score. Runs nothing; results of sandbox runs are used where they are kept. Call it after you have edited files and mend what it finds.",
      inputSchema: Selection,
      outputSchema: CheckOutput,
      annotations: readOnly,
    },
    (selection, context) =>
      answer(async () => {
        const review = await judge(options, context, selection, "cached");
        return [reportText(review, { color: false }), review];
      }),
  );
  server.registerTool(
    "run_in_sandbox",
    {
      title: "Run change in sandbox",
      description:
        "Run base and head of the change side by side in throwaway containers without network, and tell what differs: test outcomes, connections, processes, files.",
      inputSchema: Run,
      outputSchema: RunOutput,
      annotations: { ...readOnly, readOnlyHint: false },
    },
    ({ command, ...selection }, context) =>
      answer(async () => {
        const review = await judge(options, context, selection, "run", command);
        // A missing engine says nothing about the change: it is work that could not be done.
        if (review.runs === null) await connectTo(undefined);
        const [status, findings] = [runStatus(review), sandboxFindings(review)];
        const { change, runs, delta } = review;
        const output = { schemaVersion: 1, change, status, runs, delta, findings };
        return [reportRunText(review, status, findings, { color: false }), output];
      }),
  );
  server.registerTool(
    "trust_score",
    {
      title: "Trust score",
      description: "The trust score of the branch as a sum: each deduction and what wins it back.",
      inputSchema: Selection,
      outputSchema: ScoreOutput,
      annotations: readOnly,
    },
    (selection, context) =>
      answer(async () => {
        const review = await judge(options, context, selection, "cached");
        const { change, score, verdict } = review;
        const { id, branch } = change;
        const output = { schemaVersion: 1, change: id, branch, status: verdict.status, score };
        return [reportScoreText(review, { color: false }), output];
      }),
  );
  server.registerTool(
    "explain_finding",
    {
      title: "Explain finding",
      description: "What a rule looks for, why, and what to do about it.",
      inputSchema: Explain,
      outputSchema: ExplainOutput,
      annotations: readOnly,
    },
    ({ finding }, context) => answer(() => explain(options, context, finding)),
  );
}

async function explain(
  options: ToolOptions,
  context: ServerContext,
  wanted: string,
): Promise<readonly [string, object]> {
  if (isRuleId(wanted)) {
    const page = pageOf(wanted);
    return [`${page.title}\n${page.what}\n\nWhy: ${page.why}\n\nWhat to do: ${page.remedy}`, page];
  }
  if (!wanted.startsWith("sha256:")) throw unknownRule(wanted);
  const review = await judge(options, context, {}, "cached");
  const found = review.findings.find(({ fingerprint }) => fingerprint === wanted);
  if (found === undefined) {
    throw new GateError("bad-input", "The change has no finding with this fingerprint.", {
      remedy: "Call check_change for the findings that there are now.",
    });
  }
  const page = pageOf(found.rule);
  const { path, startLine } = found.location;
  const place = `${path}:${startLine} ${found.message}`;
  return [`${place}\n${found.remedy}\n\n${page.what}\n\nWhy: ${page.why}`, page];
}

async function judge(
  { dir, log }: ToolOptions,
  context: ServerContext,
  selection: { readonly [key in keyof ChangeSelection]?: ChangeSelection[key] | undefined },
  sandbox: ReviewOptions["sandbox"],
  command?: readonly string[],
): Promise<Review> {
  const { base, head, staged } = selection;
  if (head !== undefined && staged === true) {
    throw new GateError("bad-usage", "head and staged exclude each other.", {
      remedy: "Leave one of them out.",
    });
  }
  const { session } = await openGate(dir, { log });
  const { signal } = context.mcpReq;
  const review = await session.review({
    selection: {
      ...(base !== undefined && { base }),
      ...(head !== undefined && { head }),
      ...(staged === true && { staged }),
    },
    sandbox,
    progress: progressOf(context),
    signal,
    ...(command !== undefined && { command }),
  });
  if (signal.aborted) throw cancelled("The tool call");
  return review;
}

/** Tells the client how far the work is, where it asked to be told. */
function progressOf(context: ServerContext): Progress {
  const { _meta: meta } = context.mcpReq;
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let step = 0;
  return (message) => {
    step += 1;
    const params = { progressToken, progress: step, message: printable(message, 500) };
    // A client that went away is noticed elsewhere.
    context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  };
}

async function answer(work: () => Promise<readonly [string, object]>): Promise<CallToolResult> {
  try {
    const [text, output] = await work();
    // As the command line prints it: what could hide something is escaped.
    const structured = JSON.parse(reportJson(output)) as Record<string, unknown>;
    return { content: [{ type: "text", text }], structuredContent: structured };
  } catch (error) {
    if (!GateError.is(error)) throw error;
    const text = `${printable(error.message, 2_000)}\n${printable(error.remedy, 2_000)}`;
    return { content: [{ type: "text", text }], isError: true };
  }
}
