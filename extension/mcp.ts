import {
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  lm,
  McpStdioServerDefinition,
  workspace,
} from "vscode";

/** As package.json names it. */
const PROVIDER = "shipgate";

/**
 * Offers the checks to assistants in the editor as MCP tools: one server for each folder of a trusted
 * workspace. Nothing is started here; the editor does, when the person or an assistant uses a tool.
 */
export function offerTools(context: ExtensionContext): Disposable {
  const changed = new EventEmitter<void>();
  const fire = (): void => changed.fire();
  const parts = [
    changed,
    workspace.onDidGrantWorkspaceTrust(fire),
    workspace.onDidChangeWorkspaceFolders(fire),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("shipgate.enable")) fire();
    }),
    lm.registerMcpServerDefinitionProvider(PROVIDER, {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () => (workspace.isTrusted ? definitionsOf(context) : []),
    }),
  ];
  return { dispose: () => parts.forEach((part) => part.dispose()) };
}

function definitionsOf(context: ExtensionContext): McpStdioServerDefinition[] {
  const { version } = context.extension.packageJSON as { readonly version: string };
  const folders = workspace.workspaceFolders ?? [];
  return folders
    .filter(({ uri }) => uri.scheme === "file")
    .filter(({ uri }) => workspace.getConfiguration("shipgate", uri).get("enable", true))
    .map(({ name, uri }) => {
      const label = folders.length > 1 ? `Shipgate (${name})` : "Shipgate";
      const args = [context.asAbsolutePath("dist/cli.cjs"), "mcp"];
      // The editor's own program is Node when it is told so.
      const environment = { ELECTRON_RUN_AS_NODE: "1" };
      const server = new McpStdioServerDefinition(
        label,
        process.execPath,
        args,
        environment,
        version,
      );
      server.cwd = uri;
      return server;
    });
}
