import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { GIT_HOOKS, type GitHook } from "../../adapters/git/hooks.ts";
import { readGit } from "../../adapters/git/process.ts";
import type { Review } from "../../core/review.ts";
import type { ChangeSelection } from "../../engine/ports.ts";
import { openGate, type WiredGate } from "../../wire.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { reportText } from "../reporters/text.ts";
import { badUsage } from "../usage.ts";

/** Most lines of refs that a push is read with. */
const PUSHED_BYTES = 1024 * 1024;

/** `shipgate git-hooks run HOOK`: git goes on after 0 and stops after anything else. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const [wish = ""] = invocation.operands;
  const hook = GIT_HOOKS.find((name) => name === wish);
  if (hook === undefined) {
    throw badUsage({ name: "git-hooks run" }, `HOOK is one of ${GIT_HOOKS.join(", ")}.`);
  }
  const { dir, log } = invocation;
  // For `git commit FILE` git prepares an index of its own, and says where it is.
  const index = process.env["GIT_INDEX_FILE"];
  const gate = await openGate(dir, {
    log,
    ...(index !== undefined && index !== "" && { indexFile: resolve(dir, index) }),
  });
  return HOOKS[hook](gate, invocation);
}

const HOOKS: Readonly<Record<GitHook, (gate: WiredGate, it: Invocation) => Promise<ExitCode>>> = {
  "pre-commit": beforeCommit,
  "post-commit": afterCommit,
  "pre-push": beforePush,
  "post-rewrite": afterRewrite,
};

async function beforeCommit(gate: WiredGate, invocation: Invocation): Promise<ExitCode> {
  const review = await judge(gate, invocation, { staged: true }, "cached");
  if (review.verdict.status === "fail") {
    tell(review, "The commit was stopped", [
      "Mend what is named above, `git add` it, and commit again.",
      "`git commit --no-verify` passes this by; the push and the next check will stop at it.",
    ]);
    return 1;
  }
  await writeFile(judgedFile(gate), review.change.head.tree, { mode: 0o600 });
  return 0;
}

/** Runs after `--no-verify`, too: tells of a commit that nobody judged. */
async function afterCommit(gate: WiredGate, invocation: Invocation): Promise<ExitCode> {
  const file = judgedFile(gate);
  const judged = await readFile(file, "utf8").catch(() => "");
  await rm(file, { force: true });
  const { root } = gate.ports.repository;
  const tree = await readGit({ directory: root }, ["rev-parse", "HEAD^{tree}"]);
  if (judged !== tree) {
    process.stderr.write(
      "shipgate: This commit was not judged as it is.\n  → Run `shipgate check --no-run`; a push will be judged in any case.\n",
    );
  }
  if (!invocation.flags.has("notes")) return 0;
  const { run: writeNotes } = await import("./notes-write.ts");
  return writeNotes({ ...invocation, operands: [], strings: {}, print: quietly });
}

/** Amended and rebased commits keep what their notes prove. */
async function afterRewrite(_gate: WiredGate, invocation: Invocation): Promise<ExitCode> {
  const { run: carryNotes } = await import("./notes-carry.ts");
  const flags = new Set(["stdin"]);
  return carryNotes({ ...invocation, operands: [], strings: {}, flags, print: quietly });
}

/** Git shows what a hook prints: where all is well, that is nothing. */
async function quietly(): Promise<void> {}

async function beforePush(gate: WiredGate, invocation: Invocation): Promise<ExitCode> {
  for (const head of await pushedCommits()) {
    const review = await judge(gate, invocation, { head }, "run");
    if (review.verdict.status === "pass") continue;
    tell(review, "The push was stopped", [
      review.verdict.status === "fail"
        ? "Mend what is named above, commit, and push again."
        : "Get the evidence that is missing, as named above, and push again.",
      "`git push --no-verify` passes this by; CI judges the same commits.",
    ]);
    return 1;
  }
  return 0;
}

function judge(
  { session }: WiredGate,
  { progress, signal }: Invocation,
  selection: ChangeSelection,
  sandbox: "run" | "cached",
): Promise<Review> {
  return session.review({ selection, sandbox, progress, signal });
}

/** Git shows a hook's standard error, and so does every editor. */
function tell(review: Review, what: string, next: readonly string[]): void {
  const report = reportText(review, { color: false }).trimEnd();
  const advice = next.map((line) => `  → ${line}\n`).join("");
  process.stderr.write(`${report}\n\nshipgate: ${what} (${review.verdict.status}).\n${advice}`);
}

/** The commits that git is about to push, as it tells them on standard input; deleted branches have none. */
async function pushedCommits(): Promise<readonly string[]> {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) {
    text += String(piece);
    if (text.length > PUSHED_BYTES) throw badUsage({ name: "git-hooks run" }, "Too many refs.");
  }
  const commits = text.split("\n").flatMap((line) => {
    const [, commit = ""] = line.split(" ");
    return /^[0-9a-f]{40,64}$/u.test(commit) && !/^0+$/u.test(commit) ? [commit] : [];
  });
  return [...new Set(commits)];
}

function judgedFile({ ports }: WiredGate): string {
  return join(ports.repository.stateDir, "judged-tree");
}
