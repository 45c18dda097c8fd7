import type { HookDialect } from "../dialect.ts";
import { agentV1 } from "./agent-v1.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { copilotCli } from "./copilot-cli.ts";
import { copilot } from "./copilot.ts";
import { cursor } from "./cursor.ts";
import { gemini } from "./gemini.ts";

/** One dialect for each assistant; adding one is a file beside this one and a line here. */
export const DIALECTS: readonly HookDialect[] = [
  claudeCode,
  copilot,
  copilotCli,
  cursor,
  codex,
  gemini,
  agentV1,
];
