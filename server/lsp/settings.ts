import type { Connection, URI } from "vscode-languageserver/node";
import { z } from "zod";

/** The settings of one workspace folder. */
export interface Settings {
  readonly enable: boolean;
  /** Null where the engine is looked for in the usual places. */
  readonly engineHost: string | null;
}

export const DEFAULT_SETTINGS: Settings = { enable: true, engineHost: null };

const Section = z
  .object({
    enable: z.boolean().catch(DEFAULT_SETTINGS.enable),
    engine: z.object({ host: z.string().trim().max(4096).catch("") }).catch({ host: "" }),
  })
  .catch({ enable: DEFAULT_SETTINGS.enable, engine: { host: "" } });

/**
 * A folder's settings as the client gives them; a client that has none, or gives nonsense, gets the
 * defaults. In an untrusted workspace what names an engine is ignored.
 */
export async function readSettings(
  connection: Connection,
  folder: URI,
  options: { readonly supported: boolean; readonly trusted: boolean },
): Promise<Settings> {
  if (!options.supported) return DEFAULT_SETTINGS;
  const section: unknown = await connection.workspace.getConfiguration({
    scopeUri: folder,
    section: "shipgate",
  });
  return parseSettings(section, options.trusted);
}

/** Settings from what a client sent. */
export function parseSettings(section: unknown, trusted: boolean): Settings {
  const { enable, engine } = Section.parse(section ?? {});
  return { enable, engineHost: trusted && engine.host !== "" ? engine.host : null };
}
