import {
  EventEmitter,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
} from "vscode";

import type { ViewNode, ViewTone } from "../../server/protocol.ts";

/** A tree of lines that the server made: painted, and nothing else. */
export class NodeTree implements TreeDataProvider<ViewNode> {
  readonly #changed = new EventEmitter<void>();
  #nodes: readonly ViewNode[] = [];
  #shown = "[]";

  readonly onDidChangeTreeData = this.#changed.event;

  /** Shows other lines; the same ones again are not painted again, which would lose the focus. */
  show(nodes: readonly ViewNode[]): void {
    const shown = JSON.stringify(nodes);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#nodes = nodes;
    this.#changed.fire();
  }

  getChildren(node?: ViewNode): ViewNode[] {
    return [...(node === undefined ? this.#nodes : node.children)];
  }

  getTreeItem(node: ViewNode): TreeItem {
    const item = new TreeItem(node.label, collapsibleState(node));
    item.id = node.id;
    item.description = node.description;
    item.tooltip = node.tooltip;
    item.accessibilityInformation = { label: node.spoken };
    item.contextValue = node.actions.map((action) => `can-${action}`).join(" ");
    item.iconPath = iconOf(node);
    if (node.icon === "file" && node.place !== null) item.resourceUri = Uri.parse(node.place.uri);
    if (node.place !== null && node.children.length === 0) {
      item.command = { command: "shipgate.openPlace", title: "Open", arguments: [node.place] };
    }
    return item;
  }
}

function collapsibleState({ children, expanded }: ViewNode): TreeItemCollapsibleState {
  if (children.length === 0) return TreeItemCollapsibleState.None;
  return expanded ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
}

function iconOf({ icon, tone }: ViewNode): ThemeIcon {
  if (icon === "file") return ThemeIcon.File;
  const color = COLORS[tone];
  return color === null ? new ThemeIcon(icon) : new ThemeIcon(icon, new ThemeColor(color));
}

const COLORS = {
  plain: null,
  error: "problemsErrorIcon.foreground",
  warning: "problemsWarningIcon.foreground",
  info: "problemsInfoIcon.foreground",
  good: "testing.iconPassed",
  muted: "disabledForeground",
} as const satisfies Record<ViewTone, string | null>;
