import {
  commands,
  type Disposable,
  env,
  l10n,
  Position,
  Range,
  Selection,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import {
  GetFixPrompt,
  GetRevert,
  GetReviewPlaces,
  GetSide,
  type ReviewPlace,
} from "../server/protocol.ts";
import type { Command, CommandContext } from "./commands.ts";
import { asNode } from "./views/view-commands.ts";

const BASE = "shipgate-base";

/** Commands that walk through a change and deal with what is found on the way. */
export const REVIEW_COMMANDS: Readonly<Record<string, Command>> = {
  "shipgate.nextPlace": (context) => step(context, 1),
  "shipgate.previousPlace": (context) => step(context, -1),
  "shipgate.rejectLines": rejectLines,
  "shipgate.openDiff": openDiff,
  "shipgate.askForFix": askForFix,
};

/** Documents with what the base has, for the diff editor. */
export function showBaseTexts(client: LanguageClient): Disposable {
  return workspace.registerTextDocumentContentProvider(BASE, {
    async provideTextDocumentContent(uri) {
      const side = { uri: uri.with({ scheme: "file" }).toString(), side: "base" } as const;
      return (await client.sendRequest(GetSide, side)) ?? "";
    },
  });
}

async function step({ client, statuses, ready }: CommandContext, by: 1 | -1): Promise<void> {
  await ready();
  const folder = statuses.current?.folder;
  const places = folder === undefined ? [] : await client.sendRequest(GetReviewPlaces, { folder });
  const next = placeBeside(places, by);
  if (next === null) {
    window.setStatusBarMessage(l10n.t("$(shield) There is nothing to look at."), 4000);
    return;
  }
  const editor = await window.showTextDocument(Uri.parse(next.uri));
  const start = new Position(next.line - 1, 0);
  editor.selection = new Selection(start, start);
  editor.revealRange(new Range(start, new Position(next.endLine - 1, 0)));
  const number = l10n.t("{0} of {1}", places.indexOf(next) + 1, places.length);
  window.setStatusBarMessage(`$(shield) ${number}`, 4000);
}

/** The place after or before the cursor, round the end; the first or last one from anywhere else. */
function placeBeside(places: readonly ReviewPlace[], by: 1 | -1): ReviewPlace | null {
  const editor = window.activeTextEditor;
  const uri = editor?.document.uri.toString();
  const line = (editor?.selection.active.line ?? 0) + 1;
  const own = places.filter((it) => Uri.parse(it.uri).toString() === uri);
  const inFile = by === 1 ? own.find((it) => it.line > line) : own.findLast((it) => it.line < line);
  if (inFile !== undefined) return inFile;
  const edge = by === 1 ? own.at(-1) : own.at(0);
  const from = edge === undefined ? (by === 1 ? -1 : places.length) : places.indexOf(edge);
  return places[(from + by + places.length) % Math.max(1, places.length)] ?? null;
}

/** Brings back what the base has at the cursor; the file stays unsaved, and undo takes it back. */
async function rejectLines({ client }: CommandContext): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return;
  const uri = editor.document.uri.toString();
  const version = editor.document.version;
  const line = editor.selection.active.line + 1;
  const edit = await client.sendRequest(GetRevert, { uri, line });
  if (edit === null || editor.document.version !== version) {
    window.setStatusBarMessage(
      l10n.t("$(shield) Nothing was changed here against the base."),
      4000,
    );
    return;
  }
  await workspace.applyEdit(await client.protocol2CodeConverter.asWorkspaceEdit(edit));
}

/** Base beside the working tree in the editor's own diff, for a line of the view or the active editor. */
async function openDiff(_: CommandContext, given: unknown): Promise<void> {
  const place = asNode(given)?.place;
  const active = window.activeTextEditor?.document.uri;
  const uri = place === null || place === undefined ? active : Uri.parse(place.uri);
  if (uri === undefined || uri.scheme !== "file") return;
  const name = uri.path.split("/").at(-1) ?? "";
  const title = l10n.t("{0} (base ↔ change)", name);
  await commands.executeCommand("vscode.diff", uri.with({ scheme: BASE }), uri, title);
}

/** Copies what to tell an assistant: reasons and remedies of one finding, or of all in the way. */
async function askForFix({ client, statuses }: CommandContext, given: unknown): Promise<void> {
  const folder = statuses.current?.folder;
  if (folder === undefined) return;
  const node = asNode(given);
  const params = node?.id.startsWith("finding/") === true ? { folder, id: node.id } : { folder };
  const prompt = await client.sendRequest(GetFixPrompt, params);
  if (prompt === null) {
    window.setStatusBarMessage(l10n.t("$(shield) Nothing stands in the way."), 4000);
    return;
  }
  await env.clipboard.writeText(prompt);
  const text = l10n.t("$(clippy) Copied. Paste it into your assistant’s chat.");
  window.setStatusBarMessage(text, 6000);
}
