import { execFile, spawn } from "node:child_process";
import { cp, mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs, promisify } from "node:util";

import { z } from "zod";

const run = promisify(execFile);

const REPOSITORY = dirname(import.meta.dirname);
const SOURCE = join(REPOSITORY, "test", "sample");

/** How an event reaches Shipgate: the command line of this repository, as a connected assistant calls it. */
const HOOK = [process.execPath, join(REPOSITORY, "server/cli/main.ts"), "hook", "claude-code"];

const Commits = z.array(
  z.strictObject({
    message: z.string(),
    author: z.string().regex(/^[^<>]+ <[^<>]+>$/),
    date: z.iso.datetime(),
    files: z.array(z.string()),
    /** Folder in `earlier` that has the files as they were then, where they differ from today's. */
    as: z.string().optional(),
  }),
);

/** What the replay needs of a Claude Code hook event; the rest goes to the hook as it was recorded. */
const Event = z.looseObject({
  session_id: z.string(),
  hook_event_name: z.string(),
  tool_name: z.string().optional(),
  tool_use_id: z.string().optional(),
  tool_input: z
    .looseObject({
      file_path: z.string().optional(),
      content: z.string().optional(),
      old_string: z.string().optional(),
      new_string: z.string().optional(),
    })
    .optional(),
});
type Event = z.infer<typeof Event>;

/** The same from the build, which starts several times faster. */
export const BUILT_HOOK = [
  process.execPath,
  join(REPOSITORY, "dist/cli.cjs"),
  "hook",
  "claude-code",
] as const;

/** The branch on which the assistant works. */
export const SAMPLE_BRANCH = "feature/csv-delimiter";

export interface SampleOptions {
  /** Which command gets each event on stdin. `null`: none, only the files change. */
  readonly hook?: readonly string[] | null;
}

/** A repository made from the sample. */
export interface Sample {
  /** Absolute path of its root, links resolved. */
  readonly root: string;
  /** The assistant's session that wrote the change. */
  readonly sessionId: string;
}

/** Makes the sample in an empty or missing folder: history on `main`, then the assistant's change, uncommitted, on a branch. */
export async function makeSample(dir: string, options: SampleOptions = {}): Promise<Sample> {
  return changeSample(await makeSampleBase(dir), options);
}

/** Replays the first part of the session on a sample's history: the assistant's change, on a branch. */
export async function changeSample(dir: string, options: SampleOptions = {}): Promise<Sample> {
  const root = await realpath(dir);
  await git(root, ["switch", "--quiet", "--create", SAMPLE_BRANCH]);
  return { root, sessionId: await replay(root, "change.jsonl", options) };
}

/** Replays the second part of the session on a sample: the assistant mends what the gate found. */
export async function mendSample(dir: string, options: SampleOptions = {}): Promise<Sample> {
  const root = await realpath(dir);
  return { root, sessionId: await replay(root, "mend.jsonl", options) };
}

/** Makes only the sample's history on `main`. Commit ids are the same on every machine. Gives the root. */
export async function makeSampleBase(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty.`);
  const root = await realpath(dir);
  await git(root, ["init", "--quiet", "--initial-branch=main", "--object-format=sha1"]);
  await git(root, ["config", "core.autocrlf", "false"]);
  const commits = Commits.parse(JSON.parse(await readFile(join(SOURCE, "commits.json"), "utf8")));
  for (const { message, author, date, files, as } of commits) {
    for (const file of files) await copyVersion(root, file, as);
    await git(root, ["add", "--", ...files]);
    const [, name = "", email = ""] = /^(.+) <(.+)>$/.exec(author) ?? [];
    await git(root, ["commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", message], {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: date,
    });
  }
  return root;
}

async function copyVersion(root: string, file: string, as: string | undefined): Promise<void> {
  const target = join(root, file);
  await mkdir(dirname(target), { recursive: true });
  const today = join(SOURCE, "service", file);
  if (as === undefined) return await cp(today, target);
  await cp(join(SOURCE, "earlier", as, file), target).catch(() => cp(today, target));
}

/** Git without the settings, templates and hooks of whoever runs it: the ids must not depend on them. */
async function git(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  await run("git", ["-C", root, ...args], {
    env: {
      ...Object.fromEntries(inherited),
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TEMPLATE_DIR: "",
      ...env,
    },
  });
}

async function replay(root: string, recording: string, options: SampleOptions): Promise<string> {
  const hook = options.hook === undefined ? HOOK : options.hook;
  const text = await readFile(join(SOURCE, "session", recording), "utf8");
  let sessionId = "";
  for (const line of text.trimEnd().split("\n")) {
    const event = Event.parse(fillPlaceholders(JSON.parse(line), root));
    sessionId = event.session_id;
    if (event.hook_event_name === "PostToolUse") await applyTool(root, event);
    if (hook !== null) await pipe(hook, JSON.stringify(event), root);
  }
  return sessionId;
}

function fillPlaceholders(value: unknown, root: string): unknown {
  if (typeof value === "string") {
    return value.replaceAll("{{cwd}}", () => root).replaceAll("{{home}}", () => homedir());
  }
  if (Array.isArray(value)) return value.map((item) => fillPlaceholders(item, root));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fillPlaceholders(item, root)]),
  );
}

/** Does to the files what the assistant's tool did before it reported. */
async function applyTool(root: string, event: Event): Promise<void> {
  const { file_path: file, content, old_string: old, new_string: next } = event.tool_input ?? {};
  switch (event.tool_name) {
    case "Write":
      await writeInside(root, file ?? "", content ?? "");
      break;
    case "Edit": {
      const before = await readFile(file ?? "", "utf8");
      if (!before.includes(old ?? "")) throw new Error(`The recording does not fit ${file}.`);
      await writeInside(
        root,
        file ?? "",
        before.replace(old ?? "", () => next ?? ""),
      );
      break;
    }
    case "Bash":
      await cp(join(SOURCE, "session", "effects", event.tool_use_id ?? ""), root, {
        recursive: true,
      });
      break;
    case undefined:
    default:
      throw new Error(`The recording has a tool that cannot be replayed: ${event.tool_name}.`);
  }
}

async function writeInside(root: string, file: string, content: string): Promise<void> {
  if (relative(root, file).startsWith("..")) throw new Error(`${file} is not inside the sample.`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function pipe(command: readonly string[], input: string, cwd: string): Promise<void> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd, stdio: ["pipe", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  // A hook may answer before it has read everything; what counts is how it ends.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  // 2 is the hook's way to tell the assistant what is wrong with its change.
  if (code !== 0 && code !== 2) {
    throw new Error(`${basename(program)} ${args.join(" ")} ended with ${code}:\n${stderr}`);
  }
}

const USAGE = `Usage: node scripts/sample.ts DIR [--stage base|change|mended] [--no-hook | --built-hook]
       node scripts/sample.ts DIR --replay change|mend [--no-hook | --built-hook]

The first makes the sample in an empty folder; the second goes on with one that is there.`;

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      stage: { type: "string", default: "change" },
      replay: { type: "string" },
      hook: { type: "boolean", default: true },
      "built-hook": { type: "boolean", default: false },
    },
  });
  const [dir] = positionals;
  const { stage, replay: part } = values;
  const known = ["base", "change", "mended"].includes(stage);
  if (dir === undefined || !known || !["change", "mend", undefined].includes(part)) {
    console.error(USAGE);
    process.exit(3);
  }
  const builtHook = values["built-hook"] ? { hook: BUILT_HOOK } : {};
  const options: SampleOptions = values.hook ? builtHook : { hook: null };
  const make = async (): Promise<Partial<Sample>> => {
    if (part !== undefined) return (part === "mend" ? mendSample : changeSample)(dir, options);
    if (stage === "base") return { root: await makeSampleBase(dir) };
    const sample = await makeSample(dir, options);
    return stage === "mended" ? mendSample(dir, options) : sample;
  };
  console.log(JSON.stringify(await make()));
}
