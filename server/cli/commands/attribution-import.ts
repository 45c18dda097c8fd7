import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { readNoteText } from "../../adapters/git/notes.ts";
import { findSigner } from "../../adapters/signing/find-signer.ts";
import { AGENT_TRACE_PATH, readAgentTraces } from "../../core/exchange/agent-trace.ts";
import { GIT_AI_REF, readGitAiNote } from "../../core/exchange/git-ai.ts";
import { LONGEST_TEXT } from "../../core/exchange/stated-lines.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import { findCommit, writeNote } from "../../engine/notes.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { describeWritten, openNoteContext } from "../notes.ts";
import { reportJson } from "../reporters/json.ts";
import { readFormat } from "./attribution-export.ts";

/** `shipgate attribution import FORMAT [COMMIT]`: another tool's record, into our signed note. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { dir, operands, strings, print, signal } = invocation;
  const format = readFormat(operands[0] ?? "", "attribution import");
  const context = await openNoteContext(invocation);
  const { root } = context.ports.repository;
  const commit = await findCommit(context, operands[1] ?? "HEAD");
  const { file } = strings;
  const note = file === undefined && format === "git-ai";
  const text = note
    ? await readNoteText({ directory: root }, GIT_AI_REF, commit, signal)
    : await readText(file === undefined ? join(root, AGENT_TRACE_PATH) : resolve(dir, file));
  const told =
    format === "git-ai" ? readGitAiNote(text ?? "", commit) : readAgentTraces(text ?? "", commit);
  if (told === null || told.files.length === 0) throw nothingTold(commit);
  const signer = await findSigner({ directory: dir, env: process.env });
  const written = [await writeNote(context, { commit, from: [commit], told, signer })];
  const isJson = strings["format"] === "json";
  await print(isJson ? reportJson({ schemaVersion: 1, written }) : describeWritten(written));
  return 0;
}

function nothingTold(commit: string): GateError {
  return new GateError("bad-input", `There is no record of who wrote ${commit.slice(0, 12)}.`, {
    remedy: "Fetch the other tool's notes, or name its file by --file.",
  });
}

async function readText(file: string): Promise<string> {
  const unreadable = (cause: unknown): never => {
    throw new GateError("bad-input", `${printable(file, 1000)} cannot be read.`, {
      remedy: "Name the other tool's file by --file.",
      cause,
    });
  };
  const found = await stat(file).catch(unreadable);
  if (!found.isFile() || found.size > LONGEST_TEXT) return unreadable(undefined);
  return readFile(file, "utf8").catch(unreadable);
}
