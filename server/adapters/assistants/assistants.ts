import { join } from "node:path";

/** How one assistant is told to call a hook. */
export interface HookEntry {
  readonly event: string;
  /** Which tools the event is about; null for all, or for an event that is about none. */
  readonly matcher: string | null;
}

/** Where assistants keep what is the user's own. */
export interface Homes {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An assistant that can be connected. */
export interface Assistant {
  /** As `shipgate hook` and `shipgate connect` name it. */
  readonly name: string;
  readonly title: string;
  /** Its program, looked for on the PATH. */
  readonly programs: readonly string[];
  /** Its folder of settings; where that is, the assistant was used. */
  readonly folder: (homes: Homes) => string;
  /** The user's file that hooks are written to. */
  readonly userFile: (homes: Homes) => string;
  /** The same for one project, from its root. */
  readonly projectFile: string;
  /** What `shipgate hook` is called with; two products that read the same files share it. */
  readonly dialect: string;
  /** `groups`: hooks in a list within each entry. `flat`: each entry is a hook. `shells`: a command per shell. */
  readonly shape: "groups" | "flat" | "shells";
  /** How long a hook may take, in the assistant's own unit. */
  readonly timeout: number;
  /** A file of hooks begins with a version; null where it has none. */
  readonly version: number | null;
  readonly entries: readonly HookEntry[];
  /** What the person has to do once themselves; null where nothing is. */
  readonly afterwards: string | null;
}

const inHome = (folder: string) => (homes: Homes) => join(homes.home, folder);

function folderFrom(variable: string, otherwise: string) {
  return ({ home, environment }: Homes): string => {
    const given = environment[variable];
    return given === undefined || given === "" ? join(home, otherwise) : given;
  };
}

function both(matcher: string, before: string, after: string): readonly HookEntry[] {
  return [
    { event: before, matcher },
    { event: after, matcher },
  ];
}

const SESSION = [
  { event: "SessionStart", matcher: null },
  { event: "SessionEnd", matcher: null },
] as const;

const claudeFolder = folderFrom("CLAUDE_CONFIG_DIR", ".claude");
const codexFolder = folderFrom("CODEX_HOME", ".codex");

/** Every assistant that can be connected, in the order in which they are shown. */
export const ASSISTANTS: readonly Assistant[] = [
  {
    name: "claude-code",
    title: "Claude Code",
    programs: ["claude"],
    folder: claudeFolder,
    userFile: (homes) => join(claudeFolder(homes), "settings.json"),
    projectFile: ".claude/settings.json",
    dialect: "claude-code",
    shape: "groups",
    timeout: 30,
    version: null,
    entries: [
      ...SESSION,
      ...both("Write|Edit|MultiEdit|NotebookEdit|Bash", "PreToolUse", "PostToolUse"),
    ],
    afterwards: null,
  },
  {
    // VS Code's agent and the CLI read the same files; the CLI's format is the one that both know.
    name: "copilot",
    title: "GitHub Copilot, in VS Code and as a CLI",
    programs: ["copilot"],
    folder: inHome(".copilot"),
    userFile: ({ home }) => join(home, ".copilot/hooks/shipgate.json"),
    projectFile: ".github/hooks/shipgate.json",
    dialect: "copilot-cli",
    shape: "shells",
    timeout: 30,
    version: 1,
    entries: ["sessionStart", "sessionEnd", "preToolUse", "postToolUse"].map((event) => ({
      event,
      matcher: null,
    })),
    afterwards: null,
  },
  {
    name: "cursor",
    title: "Cursor",
    programs: ["cursor", "cursor-agent"],
    folder: inHome(".cursor"),
    userFile: ({ home }) => join(home, ".cursor/hooks.json"),
    projectFile: ".cursor/hooks.json",
    dialect: "cursor",
    shape: "flat",
    timeout: 30,
    version: 1,
    entries: [
      { event: "sessionStart", matcher: null },
      { event: "sessionEnd", matcher: null },
      ...both("Write|StrReplace|ApplyPatch|EditNotebook", "preToolUse", "postToolUse"),
      { event: "beforeShellExecution", matcher: null },
      { event: "afterShellExecution", matcher: null },
    ],
    afterwards: null,
  },
  {
    name: "codex",
    title: "Codex CLI",
    programs: ["codex"],
    folder: codexFolder,
    userFile: (homes) => join(codexFolder(homes), "hooks.json"),
    projectFile: ".codex/hooks.json",
    dialect: "codex",
    shape: "groups",
    timeout: 30,
    version: null,
    entries: [
      { event: "SessionStart", matcher: null },
      ...both("apply_patch|Bash", "PreToolUse", "PostToolUse"),
    ],
    afterwards: "Codex asks once whether it may call new hooks: accept them with /hooks.",
  },
  {
    name: "gemini",
    title: "Gemini CLI",
    programs: ["gemini"],
    folder: inHome(".gemini"),
    userFile: ({ home }) => join(home, ".gemini/settings.json"),
    projectFile: ".gemini/settings.json",
    dialect: "gemini",
    shape: "groups",
    // Milliseconds, other than everyone else's.
    timeout: 30_000,
    version: null,
    entries: [
      ...SESSION,
      ...both("write_file|replace|run_shell_command", "BeforeTool", "AfterTool"),
    ],
    afterwards: null,
  },
];
