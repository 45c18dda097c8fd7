import type { Finding } from "../finding.ts";
import { isOrdinaryFile, textAfter } from "./changed-text.ts";
import { type Check, finding } from "./check.ts";
import { addedLinesOf, type NewLine } from "./new-lines.ts";
import { isTestPath } from "./test-paths.ts";

const ASSIGNED =
  /\b([\w.-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|credential)s?(?:[_-]?(?:key|value|id))?)["'`]?\s{0,4}(?::|=>|:=|=|,)\s{0,4}["'`]([^\s"'`]{20,200})["'`]/giu;
/** What a name of these says is public, or says nothing. */
const PUBLIC =
  /public|publishable|csrf|xsrf|token[_-]?(?:type|url|uri|endpoint|name|path|file)|secret[_-]?name|example|dummy|fake|mock|sample|hash|checksum|digest|integrity/iu;
const PLACEHOLDER =
  /example|dummy|placeholder|change[-_]?me|your[-_]|insert|replace|sample|redacted|xxx|\*\*\*|\.\.\.|1234567|abcdef|process\.env|^[<{[$%]|\$\{|\{\{|[>})]$/iu;
const DOCUMENT =
  /\.(?:md|mdx|rst|adoc|txt|snap|lock|sum|map|svg)$|(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$|(?:^|\/)pnpm-lock\.yaml$|\.(?:example|sample|template|dist)$/iu;
const LEAST_ENTROPY = 3.8;

/** `policy/possible-secret`: a value that looks random, assigned to a name that says it is secret. */
export const findPossibleSecrets: Check = (input) =>
  input.change.files.flatMap((file) => {
    const { after } = file;
    if (after === null || !isOrdinaryFile(after)) return [];
    const { path, blob } = after;
    const text = textAfter(input, file);
    if (text === null || DOCUMENT.test(path) || isTestPath(path)) return [];
    const known = new Set((input.secrets.places.get(blob) ?? []).map(({ line }) => line));
    return addedLinesOf(text, file.addedLines)
      .filter(({ line }) => !known.has(line))
      .flatMap((line) =>
        secretsOn(path, text.slice(line.start, Math.min(line.end, line.start + 2000)), line),
      );
  });

function secretsOn(path: string, content: string, { line }: NewLine): readonly Finding[] {
  return [...content.matchAll(ASSIGNED)].flatMap(
    ({ 0: whole, 1: name = "", 2: value = "", index }) => {
      if (PUBLIC.test(name) || !looksRandom(value)) return [];
      const start = index + whole.length - value.length - 1;
      return [
        finding({
          rule: "policy/possible-secret",
          subject: name,
          message: "This line gives a value that looks random to a name that says it is secret.",
          location: {
            path,
            startLine: line,
            endLine: line,
            startColumn: start + 1,
            endColumn: start + 1 + value.length,
          },
        }),
      ];
    },
  );
}

/** Random text has digits among its letters, and no words; addresses, paths and sentences do not count. */
function looksRandom(value: string): boolean {
  if (PLACEHOLDER.test(value) || /:\/\/|^[./~@]|\/\/|\s/u.test(value)) return false;
  if (!/\d/u.test(value) || !/[a-z]/iu.test(value)) return false;
  // Names in kebab, snake or dotted case are made of words.
  const longest = Math.max(...value.split(/[^a-z\d]/iu).map((part) => part.length));
  if (longest < 16) return false;
  return entropyOf(value) >= (/^[\da-f]+$/iu.test(value) ? 3 : LEAST_ENTROPY);
}

/** Shannon entropy in bits for each character. */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
