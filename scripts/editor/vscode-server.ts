import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { GateError } from "../../server/engine/errors.ts";
import { lastLines, runCommand } from "../setup/command.ts";
import type { VsCodeServer } from "../setup/vscode.ts";
import { startGroup } from "./process-group.ts";

export interface ServerOptions {
  readonly server: VsCodeServer;
  /** A folder of this run alone: sockets, logs and server data go there. */
  readonly temporary: string;
  readonly userData: string;
  readonly extensions: string;
  readonly env: NodeJS.ProcessEnv;
  /** Loads an extension under development and its tests from the page's address; dialogs are then refused. */
  readonly isTestDriver: boolean;
  readonly log: (text: string) => void;
}

export interface RunningServer {
  /** `127.0.0.1:<port>`. */
  readonly authority: string;
  /** Who opens the page must know it. */
  readonly token: string;
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts the VS Code server on loopback and waits for its port. Throws `setup-failed`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const token = randomBytes(24).toString("hex");
  const tokenFile = join(options.temporary, "token");
  await writeFile(tokenFile, token, { mode: 0o600 });
  const group = startGroup(
    options.server.node,
    [
      ...commonArguments(options),
      "--host=127.0.0.1",
      "--port=0",
      `--connection-token-file=${tokenFile}`,
      "--accept-server-license-terms",
      "--disable-workspace-trust",
      "--disable-telemetry",
      "--enable-remote-auto-shutdown",
      "--reconnection-grace-time=5",
      ...(options.isTestDriver ? ["--enable-smoke-test-driver"] : []),
    ],
    serverEnvironment(options),
  );
  const { child } = group;
  let output = "";
  const port = await new Promise<string | null>((resolve) => {
    const read = (chunk: Buffer): void => {
      const text = chunk.toString("utf8");
      output = (output + text).slice(-20_000);
      options.log(text);
      const found = /Extension host agent listening on (\d+)/u.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("error", () => resolve(null));
    child.on("exit", () => resolve(null));
    setTimeout(() => resolve(null), 60_000).unref();
  });
  if (port === null) {
    await group.end();
    throw new GateError(
      "setup-failed",
      `The VS Code server did not start:\n${lastLines(output, 15)}`,
      {
        remedy: `Remove ${join(options.server.directory, "..")} so that it is built anew, and start again.`,
      },
    );
  }
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return { authority: `127.0.0.1:${port}`, token, ended, stop: async () => group.end() };
}

/** Installs a packaged extension into an extensions folder, as a user would. */
export async function installExtension(
  options: Omit<ServerOptions, "isTestDriver" | "log">,
  vsix: string,
): Promise<string> {
  return runCommand(
    options.server.node,
    [...commonArguments(options), "--install-extension", vsix, "--force"],
    { env: serverEnvironment(options) },
  );
}

function commonArguments(options: Omit<ServerOptions, "isTestDriver" | "log">): string[] {
  return [
    join(options.server.directory, "out", "server-main.js"),
    `--server-data-dir=${join(options.temporary, "server-data")}`,
    `--user-data-dir=${options.userData}`,
    `--extensions-dir=${options.extensions}`,
  ];
}

function serverEnvironment(
  options: Omit<ServerOptions, "isTestDriver" | "log">,
): NodeJS.ProcessEnv {
  return {
    ...options.env,
    // No look-ups in an extension gallery, and sockets in our own folder instead of the shared one.
    EXTENSIONS_GALLERY: "{}",
    XDG_RUNTIME_DIR: options.temporary,
  };
}
