import type { ChangedFile } from "../change.ts";
import type { Finding } from "../finding.ts";
import { printable } from "../printable.ts";
import { steersAgents } from "./agent-files.ts";
import { isOrdinaryFile, textAfter } from "./changed-text.ts";
import { type Check, finding } from "./check.ts";
import { CODE, isCode, kindsOf } from "./code-kinds.ts";
import { findHidden, type Strictness } from "./invisible.ts";
import { findLookAlikes } from "./look-alikes.ts";
import { addedLinesOf, type NewLine } from "./new-lines.ts";

const PROSE =
  /\.(?:md|mdx|markdown|rst|adoc|txt|html?|po|pot|arb|strings|xliff?|resx|ftl|srt|vtt|csv|tsv|svg|tex)$/iu;
const TRANSLATIONS =
  /(?:^|\/)(?:i18n|l10n|locales?|lang|langs|languages|translations?|messages)\//iu;
const DATA = /\.(?:json[c5]?|ya?ml|xml|properties|ini|cfg|conf|graphql|proto)$|(?:^|\/)\.[^/]+$/iu;
/** Most findings of one file: a text in a wrong encoding would have one on each line. */
const MOST_FINDINGS = 20;

/** `policy/hidden-unicode`: on new lines, what a reader does not see, or takes for something else. */
export const findHiddenUnicode: Check = (input) =>
  input.change.files.flatMap((file) => {
    const path = file.after?.path;
    if (path === undefined || file.after === null || !isOrdinaryFile(file.after)) return [];
    const strictness = strictnessFor(path);
    const text = textAfter(input, file);
    if (text === null || !/[^\t\n\r -~]/u.test(text)) return [];
    return hiddenIn(file, { path, text, strictness }).slice(0, MOST_FINDINGS);
  });

function strictnessFor(path: string): Strictness {
  if (steersAgents(path)) return "steering";
  if (TRANSLATIONS.test(path) && !isProgram(path)) return "prose";
  if (PROSE.test(path)) return "prose";
  return isCode(path) || DATA.test(path) ? "code" : "prose";
}

/** Translations are often kept in scripts; a script is code even there. */
function isProgram(path: string): boolean {
  return isCode(path) && !/\.(?:ya?ml|toml)$/iu.test(path);
}

function hiddenIn(
  file: ChangedFile,
  { path, text, strictness }: { path: string; text: string; strictness: Strictness },
): readonly Finding[] {
  const found: Finding[] = [];
  const code = isCode(path) ? codeOf(path, text) : null;
  for (const each of addedLinesOf(text, file.addedLines)) {
    const content = text.slice(each.start, each.end);
    const hidden = findHidden(content, strictness, each.line === 1);
    if (hidden[0] !== undefined) {
      const { at, length, what } = hidden[0];
      const characters = hidden.flatMap((run) =>
        Array.from(content.slice(run.at, run.at + run.length)),
      );
      const codes = [...new Set(characters)].slice(0, 5).map(codePoint).join(" ");
      const message = `This line holds ${what} (${codes}).`;
      const subject = `${codes} ${content.trim()}`;
      found.push(place({ path, line: each, at, length, message, subject }));
    }
    if (code === null) continue;
    for (const { at, name, readsAs } of findLookAlikes(
      content,
      code.isCodeAt(each),
      code.isInUse,
    )) {
      const message = `The name ${escaped(name)} is not ${printable(readsAs)}, although it reads so.`;
      found.push(place({ path, line: each, at, length: name.length, message, subject: name }));
    }
  }
  return found;
}

/** What is code in a file, and which names it has, found out when it is asked for. */
function codeOf(path: string, text: string) {
  let kinds: Uint8Array | null = null;
  let names: ReadonlySet<string> | null = null;
  return {
    isCodeAt: (line: NewLine) => (at: number) => {
      kinds ??= kindsOf(path, text) ?? new Uint8Array(text.length);
      return kinds[line.start + at] === CODE;
    },
    isInUse: (name: string) => {
      names ??= new Set(text.match(/[a-z_$][\w$]*/giu));
      return names.has(name);
    },
  };
}

function place(draft: {
  readonly path: string;
  readonly line: NewLine;
  readonly at: number;
  readonly length: number;
  readonly message: string;
  readonly subject: string;
}): Finding {
  const { path, line, at, length, message, subject } = draft;
  const columns = { startColumn: at + 1, endColumn: at + length + 1 };
  return finding({
    rule: "policy/hidden-unicode",
    subject,
    message,
    location: { path, startLine: line.line, endLine: line.line, ...columns },
  });
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The letters that only look alike, written as what they are. */
function escaped(name: string): string {
  return printable(name).replaceAll(/\P{ASCII}/gu, (letter) =>
    letter === "…" ? letter : `{${codePoint(letter)}}`,
  );
}
