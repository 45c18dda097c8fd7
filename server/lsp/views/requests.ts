import type { Connection } from "vscode-languageserver/node";
import { z } from "zod";

import { GateError } from "../../engine/errors.ts";
import type { Log } from "../../engine/ports.ts";
import { GetChangeView, GetFix } from "../../protocol.ts";
import { workspaceEdit } from "../code-actions.ts";
import type { OpenDocuments } from "../documents.ts";
import type { Folders } from "../folders.ts";
import { answer } from "../handle.ts";
import { uriOf } from "../uris.ts";
import { changeView } from "./change-view.ts";
import { findingId } from "./findings.ts";

const Uri = z.string().max(8192);
const ViewParams = z.object({ folder: Uri, groupBy: z.enum(["file", "rule"]) });
const FixParams = z.object({ folder: Uri, id: z.string().max(200) });

/** Answers what the views of the editor ask for. */
export function listenToViews(
  connection: Connection,
  {
    folders,
    documents,
    log,
  }: { readonly folders: Folders; readonly documents: OpenDocuments; readonly log: Log },
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
