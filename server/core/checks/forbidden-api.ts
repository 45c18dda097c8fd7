import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { type CodePattern, findPattern, readCodePattern } from "../policy/code-pattern.ts";
import { matchesGlob } from "../policy/glob.ts";
import type { Policy } from "../policy/policy.ts";
import { printable } from "../printable.ts";
import { isOrdinaryFile, textAfter } from "./changed-text.ts";
import { type Check, type CheckInput, finding } from "./check.ts";
import { kindsOf } from "./code-kinds.ts";
import { tokensOfLine } from "./code-tokens.ts";
import { KNOWN_APIS } from "./forbidden-apis.ts";
import { addedLinesOf } from "./new-lines.ts";
import { isTestPath } from "./test-paths.ts";

interface ReadApi {
  readonly pattern: CodePattern;
  /** As it was written, for the message. */
  readonly shown: string;
  readonly reason: string;
  /** The longest word of it: a line without that cannot match. */
  readonly word: string;
}

const KNOWN = KNOWN_APIS.map(({ pattern, files, reason }) => ({
  files,
  read: readApi(pattern, reason),
}));

/** `policy/forbidden-api`: calls on new lines that the policy, or common sense, forbids. */
export const findForbiddenApis: Check = (input) => {
  const own = input.policy.forbiddenApis.map((api) => ({
    api,
    read: readApi(api.pattern, api.reason),
  }));
  return input.change.files.flatMap((file) => {
    const path = file.after?.path;
    if (path === undefined || file.after === null || !isOrdinaryFile(file.after)) return [];
    const apis = [
      ...own.filter(({ api }) => appliesTo(api, path)).map(({ read }) => read),
      ...(isTestPath(path)
        ? []
        : KNOWN.filter(({ files }) => files.test(path)).map(({ read }) => read)),
    ];
    return apis.length === 0 ? [] : forbiddenIn(input, file, path, apis);
  });
};

function appliesTo({ paths }: Policy["forbiddenApis"][number], path: string): boolean {
  return paths.length === 0 || paths.some((glob) => matchesGlob(path, glob, { ignoreCase: false }));
}

function readApi(written: string, reason: string): ReadApi {
  const pattern = readCodePattern(written);
  const words = pattern.flat().map(({ text }) => text);
  const word = words.toSorted((a, b) => b.length - a.length)[0] ?? "";
  return { pattern, shown: written, reason, word };
}

function forbiddenIn(
  input: CheckInput,
  file: ChangedFile,
  path: string,
  apis: readonly ReadApi[],
): readonly Finding[] {
  const text = textAfter(input, file);
  if (text === null) return [];
  const found = new Map<string, Finding>();
  let kinds: Uint8Array | null | undefined;
  for (const { line, start, end } of addedLinesOf(text, file.addedLines)) {
    const content = text.slice(start, end);
    const possible = apis.filter(({ word }) => content.includes(word));
    if (possible.length === 0) continue;
    kinds ??= kindsOf(path, text) ?? new Uint8Array(text.length);
    const tokens = tokensOfLine(text, kinds, start, end);
    for (const { pattern, shown, reason } of possible) {
      const place = findPattern(pattern, tokens);
      if (place === null) continue;
      const columns = { startColumn: place.start + 1, endColumn: place.end + 1 };
      const each = finding({
        rule: "policy/forbidden-api",
        subject: `${shown} ${content.trim()}`,
        message: `\`${printable(shown)}\` is forbidden here: ${printable(reason.replace(/\.$/u, ""))}.`,
        location: { path, startLine: line, endLine: line, ...columns },
      });
      // Two patterns on one place are one mistake.
      const key = `${line}:${reason}`;
      if (!found.has(key)) found.set(key, each);
    }
  }
  return [...found.values()];
}
