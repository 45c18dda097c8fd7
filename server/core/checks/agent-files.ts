import type { RepoPath } from "../location.ts";
import { matchesGlob } from "../policy/glob.ts";

/** Files that assistants read as instructions. */
const STEERING = [
  "**/{AGENTS,AGENT,CLAUDE,GEMINI,QWEN,CONVENTIONS,SKILL}.md",
  "**/CLAUDE.local.md",
  "**/.{cursorrules,windsurfrules,clinerules,goosehints,aiderrules}",
  "**/.{cursor,windsurf,clinerules,roo,kiro,continue,claude,codex,gemini,agents}/**",
  "**/.github/copilot-instructions.md",
  "**/.github/{instructions,prompts,agents,chatmodes,skills}/**",
  "**/*.{prompt,instructions,chatmode,agent}.md",
  "**/*.mdc",
  "**/prompts/**",
  "**/llms{,-full}.txt",
];

/** Whether a file steers assistants. */
export function steersAgents(path: RepoPath): boolean {
  return STEERING.some((glob) => matchesGlob(path, glob, { ignoreCase: true }));
}
