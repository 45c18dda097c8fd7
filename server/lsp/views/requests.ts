import type { Connection } from "vscode-languageserver/node";
import { z } from "zod";

import { GateError } from "../../engine/errors.ts";
import type { Log } from "../../engine/ports.ts";
import {
  GetChangeView,
  GetFix,
  GetFixPrompt,
  GetLineMarks,
  GetReport,
  GetReviewPlaces,
  GetRevert,
  GetSide,
  GetTestResults,
} from "../../protocol.ts";
import { workspaceEdit } from "../code-actions.ts";
import { codeLenses } from "../code-lenses.ts";
import type { OpenDocuments } from "../documents.ts";
import type { Folders } from "../folders.ts";
import { answer } from "../handle.ts";
import { report } from "../report/report.ts";
import { uriOf } from "../uris.ts";
import { changeView } from "./change-view.ts";
import { findingId } from "./findings.ts";
import { fixPrompt } from "./fix-prompt.ts";
import { reviewPlaces, revertEdit } from "./hunks.ts";
import { lineMarks } from "./line-marks.ts";
import { testResults } from "./test-results.ts";

const Uri = z.string().max(8192);
const ViewParams = z.object({ folder: Uri, groupBy: z.enum(["file", "rule"]) });
const FolderParams = z.object({ folder: Uri });
const DocumentParams = z.object({ uri: Uri });
const ReportParams = z.object({ folder: Uri, format: z.enum(["page", "html", "markdown"]) });
const SideParams = z.object({ uri: Uri, side: z.literal("base") });
const RevertParams = z.object({ uri: Uri, line: z.number().int().min(1).max(1e9) });
const FixPromptParams = z.object({ folder: Uri, id: z.string().max(200).optional() });
const FixParams = z.object({ folder: Uri, id: z.string().max(200) });

/** Answers what the views of the editor ask for. */
export function listenToViews(
  connection: Connection,
  {
    folders,
    documents,
    log,
    canRun,
  }: {
    readonly folders: Folders;
    readonly documents: OpenDocuments;
    readonly log: Log;
    readonly canRun: () => boolean;
  },
): void {
  connection.onRequest(GetChangeView, (params, token) =>
    answer(log, GetChangeView.method, token, () => {
      const { folder, groupBy } = read(ViewParams, params);
      const gate = folders.gateOf(folder);
      const { review, root } = gate;
      if (review === null || root === null) return null;
      return changeView(review, gate.status, groupBy, (path) => uriOf(root, path));
    }),
  );
  connection.onRequest(GetLineMarks, (params, token) =>
    answer(log, GetLineMarks.method, token, () => {
      const { uri } = read(DocumentParams, params);
      const found = folders.find(uri);
      if (found === null || found.gate.review === null) return [];
      return lineMarks(found.gate.review, found.path, documents.lineMap(uri));
    }),
  );
  connection.onRequest(GetTestResults, (params, token) =>
    answer(log, GetTestResults.method, token, () => {
      const { review, root } = folders.gateOf(read(FolderParams, params).folder);
      if (review === null || root === null) return null;
      return testResults(review, (path) => uriOf(root, path));
    }),
  );
  connection.onRequest(GetReport, (params, token) =>
    answer(log, GetReport.method, token, async () => {
      const { folder, format } = read(ReportParams, params);
      const gate = folders.gateOf(folder);
      const { review, root } = gate;
      if (review === null || root === null) return null;
      const past = await gate.pastVerdicts();
      return report({ review, folder, past, uriOf: (path) => uriOf(root, path) }, format);
    }),
  );
  connection.onRequest(GetSide, (params, token) =>
    answer(log, GetSide.method, token, async (signal) => {
      const found = folders.find(read(SideParams, params).uri);
      return found === null ? null : await found.gate.baseText(found.path, signal);
    }),
  );
  connection.onRequest(GetReviewPlaces, (params, token) =>
    answer(log, GetReviewPlaces.method, token, () => {
      const { review, root } = folders.gateOf(read(FolderParams, params).folder);
      if (review === null || root === null) return [];
      return reviewPlaces(review, (path) => uriOf(root, path));
    }),
  );
  connection.onRequest(GetRevert, (params, token) =>
    answer(log, GetRevert.method, token, async (signal) => {
      const { uri, line } = read(RevertParams, params);
      const found = folders.find(uri);
      const text = documents.text(uri);
      const base = await found?.gate.baseText(found.path, signal);
      if (base === undefined || base === null || text === null) return null;
      const edit = revertEdit(base, text, line);
      return edit === null ? null : { changes: { [uri]: [edit] } };
    }),
  );
  connection.onRequest(GetFixPrompt, (params, token) =>
    answer(log, GetFixPrompt.method, token, () => {
      const { folder, id } = read(FixPromptParams, params);
      const { review } = folders.gateOf(folder);
      return review === null ? null : fixPrompt(review, id ?? null);
    }),
  );
  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    answer(log, "textDocument/codeLens", token, () => {
      const found = folders.find(uri);
      const text = documents.text(uri);
      if (!canRun() || found === null || found.gate.review === null || text === null) return [];
      const { gate, path } = found;
      return codeLenses({ review: found.gate.review, folder: gate.folder, path, text });
    }),
  );
  connection.onRequest(GetFix, (params, token) =>
    answer(log, GetFix.method, token, () => {
      const { folder, id } = read(FixParams, params);
      const { review, root } = folders.gateOf(folder);
      const finding = review?.findings.find(({ fingerprint }) => findingId(fingerprint) === id);
      const [fix] = finding?.fixes ?? [];
      if (fix === undefined || root === null) return null;
      const edit = workspaceEdit(fix, (path) => uriOf(root, path));
      const isCurrent = Object.keys(edit.changes ?? {}).every(
        (uri) => documents.lineMap(uri) === null,
      );
      return isCurrent ? edit : null;
    }),
  );
}

function read<T>(schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new GateError("bad-usage", "The request does not say what it is about.", {
    remedy: "docs/protocol.md has what it takes.",
  });
}
