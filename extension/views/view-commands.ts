import { commands, l10n, window, workspace } from "vscode";

import { GetFix, SERVER_COMMANDS, type ViewNode } from "../../server/protocol.ts";
import type { Command, CommandContext } from "../commands.ts";
import type { Views } from "./views.ts";

/** Commands of the view container's title bars and lines. */
export function viewCommands(views: Views): Readonly<Record<string, Command>> {
  return {
    "shipgate.groupFindingsByFile": () => views.groupBy("file"),
    "shipgate.groupFindingsByRule": () => views.groupBy("rule"),
    "shipgate.node.open": (_, node) =>
      commands.executeCommand("shipgate.openPlace", asNode(node)?.place),
    "shipgate.node.explain": (_, node) => explain(asNode(node)),
    "shipgate.node.fix": (context, node) => fix(context, asNode(node)),
  };
}

async function explain(node: ViewNode | null): Promise<void> {
  if (node?.rule === null || node === null) return;
  await commands.executeCommand(SERVER_COMMANDS.explainRule, node.rule);
}

/** Applies a finding's first fix; the file stays unsaved, so that it can be looked at and undone. */
async function fix({ client, statuses }: CommandContext, node: ViewNode | null): Promise<void> {
  const folder = statuses.current?.folder;
  if (node === null || folder === undefined) return;
  const edit = await client.sendRequest(GetFix, { folder, id: node.id });
  if (edit === null) {
    const text = l10n.t("The file was edited since it was judged. Save it, and try again.");
    await window.showInformationMessage(`Shipgate: ${text}`);
    return;
  }
  await workspace.applyEdit(await client.protocol2CodeConverter.asWorkspaceEdit(edit));
  if (node.place !== null) await commands.executeCommand("shipgate.openPlace", node.place);
}

/** A line of a view, as its menus hand it over; the palette hands over nothing. */
export function asNode(given: unknown): ViewNode | null {
  return typeof given === "object" && given !== null && "actions" in given
    ? (given as ViewNode)
    : null;
}
