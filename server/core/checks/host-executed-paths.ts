/** Files that something on the developer's machine, or a machine with its credentials, executes. */
export interface HostExecuted {
  readonly globs: readonly string[];
  /** Who runs it and when: the second half of the finding's sentence. */
  readonly reason: string;
  /** How an edit without effect is told apart: comment lines that begin with `#`, or the JSON value. */
  readonly format: "hash-comments" | "json" | "any";
  /** Only lines that match count; the rest of such a file executes nothing. */
  readonly lines?: RegExp;
  /** Only values of these top-level keys count; the rest of such a file executes nothing. */
  readonly keys?: RegExp;
  /** Also told where it is deleted: it guards something. */
  readonly guards?: true;
}

const GIT_HOOKS =
  "{applypatch-msg,commit-msg,fsmonitor-watchman,post-*,pre-*,prepare-commit-msg,push-to-checkout,reference-transaction,sendemail-validate,update}";

/** The list, most specific first: the first entry that matches a path speaks. */
export const HOST_EXECUTED: readonly HostExecuted[] = [
  {
    globs: ["**/.husky/**", "**/.githooks/**", `**/hooks/${GIT_HOOKS}`],
    reason: "git runs it on the machine of everyone who commits or pulls",
    format: "hash-comments",
    guards: true,
  },
  {
    globs: [
      "**/{.,}lefthook{-local,}.{yml,yaml,toml,json}",
      "**/.pre-commit-config.y{a,}ml",
      "**/.lintstagedrc*",
    ],
    reason: "git runs its commands before each commit",
    format: "hash-comments",
    guards: true,
  },
  {
    globs: [".github/workflows/*", ".github/actions/**", "**/action.y{a,}ml"],
    reason: "GitHub Actions runs it with the repository's secrets",
    format: "hash-comments",
    guards: true,
  },
  {
    globs: [
      ".gitlab-ci.y{a,}ml",
      ".gitlab/ci/**",
      ".circleci/**",
      "azure-pipelines.y{a,}ml",
      "bitbucket-pipelines.yml",
      ".drone.y{a,}ml",
      ".woodpecker/**",
      ".buildkite/**",
      "**/Jenkinsfile*",
      ".ci/**",
    ],
    reason: "the CI system runs it with the repository's secrets",
    format: "hash-comments",
    guards: true,
  },
  {
    globs: ["**/.vscode/{tasks,launch}.json", "**/*.code-workspace"],
    reason: "VS Code runs the programs in it, tasks even when the folder is opened",
    format: "json",
  },
  {
    globs: ["**/.vscode/settings.json"],
    reason: "a setting in it names a program or permits one to run without being asked for",
    format: "json",
    keys: /path|command|exec|program|interpreter|binary|server|shell|profile|env|args|argv|runtime|sdk|hook|tasks|runon|automatic|allow|approve|trust|permission|sandbox|mcp|plugin/iu,
  },
  {
    globs: [
      "**/.vscode/{mcp,extensions}.json",
      "**/.mcp.json",
      "**/.cursor/mcp.json",
      "**/mcp.json",
    ],
    reason: "editors and assistants start the servers or extensions that it names",
    format: "json",
  },
  {
    globs: [
      "**/.idea/**",
      "**/.run/*.run.xml",
      "**/.zed/{tasks,settings,debug}.json",
      "**/.nvim.lua",
      "**/.exrc",
    ],
    reason: "the editor runs the tools and configurations in it",
    format: "any",
  },
  {
    globs: [
      "**/.claude/settings*.json",
      "**/.claude/hooks/**",
      "**/.codex/{config.toml,hooks.json}",
      "**/.gemini/settings.json",
      "**/.cursor/{hooks,cli,environment,permissions}.json",
      "**/.cursor/hooks/**",
      ".github/hooks/**",
      "**/.copilot/hooks/**",
    ],
    reason: "the assistant takes its hooks and permissions from it and runs them unasked",
    format: "any",
    guards: true,
  },
  {
    globs: ["**/.devcontainer/**", "**/.devcontainer.json"],
    reason: "opening the folder in a container runs its commands, some of them on the host",
    format: "any",
  },
  {
    globs: ["**/{.envrc,.direnv/**,mise.toml,.mise.toml,.mise/**,.tool-versions}"],
    reason: "the shell loads it when the folder is entered",
    format: "hash-comments",
  },
  {
    globs: [
      "**/.npmrc",
      "**/.yarnrc",
      "**/.yarnrc.y{a,}ml",
      "**/bunfig.toml",
      "**/{pip.conf,.pypirc,.condarc}",
    ],
    reason: "the package manager takes its registry, its scripts and its programs from it",
    format: "hash-comments",
  },
  {
    globs: ["**/.pnpmfile.{c,m,}js", "**/.yarn/{releases,plugins}/**", "**/binding.gyp"],
    reason: "the package manager executes it on each install",
    format: "any",
  },
  {
    globs: ["**/.gitattributes"],
    reason: "git starts filter, diff and merge programs by it",
    format: "hash-comments",
    lines: /\s(?:filter|diff|merge)=/u,
  },
  {
    globs: ["**/.gitmodules", "**/.gitconfig", "**/.git/**"],
    reason: "git takes places to fetch from and commands to run from it",
    format: "hash-comments",
  },
  {
    globs: [
      "**/{Makefile,makefile,GNUmakefile,*.mk}",
      "**/{justfile,.justfile,Justfile}",
      "**/Taskfile.y{a,}ml",
    ],
    reason: "make runs its recipes on the machine of whoever calls it",
    format: "hash-comments",
  },
  {
    globs: ["**/build.rs", "**/.cargo/config{,.toml}"],
    reason: "cargo executes it on each build, and the editor on opening the folder",
    format: "any",
  },
  {
    globs: ["**/setup.py"],
    reason: "pip executes it on each install",
    format: "hash-comments",
  },
  {
    globs: ["**/{gradlew,gradlew.bat,mvnw,mvnw.cmd}", "**/gradle/wrapper/**", "**/.mvn/**"],
    reason: "the build executes what it names on each call",
    format: "any",
  },
];
