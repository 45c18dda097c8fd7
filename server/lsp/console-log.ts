import type { RemoteConsole } from "vscode-languageserver/node";

import type { Log } from "../engine/ports.ts";

/** The log as the client's output channel shows it: a static text, then its fields. */
export function consoleLog(console: RemoteConsole): Log {
  return {
    debug: (message, fields) => console.debug(line(message, fields)),
    info: (message, fields) => console.info(line(message, fields)),
    warn: (message, fields) => console.warn(line(message, fields)),
    error: (message, fields) => console.error(line(message, fields)),
  };
}

function line(message: string, fields: Readonly<Record<string, unknown>> | undefined): string {
  if (fields === undefined) return message;
  const words = Object.entries(fields).map(([key, value]) => `${key}=${valueText(value)}`);
  return [message, ...words].join(" ");
}

/** Multi-line values, such as stacks, keep their lines; everything else is JSON. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value.includes("\n") ? `\n${value}` : JSON.stringify(value);
  return JSON.stringify(value) ?? "undefined";
}
