import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";

import type { Change, ChangedFile } from "../core/change.ts";
import type { SecretPlace, SecretScan } from "../core/checks/secrets.ts";
import type { GitObjectId } from "../core/edit.ts";
import { indexLines } from "../core/line-index.ts";
import type { LineRange } from "../core/location.ts";

/** Most text of one file that is searched, in UTF-16 units. */
const LONGEST_TEXT = 2 * 1024 * 1024;
/** How many lines around a new line are read with it: a key may begin on an old line. */
const CONTEXT_LINES = 3;

/** What the scanner's rules are called here; a rule that is not named gets its own name. */
const KINDS: Readonly<Record<string, string>> = {
  "1password": "a 1Password service account token",
  anthropic: "an Anthropic API key",
  aws: "an AWS credential",
  basicauth: "a password in an address",
  cloudflare: "a Cloudflare API token",
  "database-connection-string": "a database password",
  databricks: "a Databricks token",
  docker: "a Docker Hub token",
  figma: "a Figma token",
  gcp: "a Google Cloud credential",
  github: "a GitHub token",
  gitlab: "a GitLab token",
  grafana: "a Grafana token",
  groq: "a Groq API key",
  "hashicorp-vault": "a Vault token",
  huggingface: "a Hugging Face token",
  linear: "a Linear API key",
  notion: "a Notion token",
  npm: "an npm token",
  openai: "an OpenAI API key",
  privatekey: "a private key",
  sendgrid: "a SendGrid API key",
  shopify: "a Shopify token",
  slack: "a Slack token or hook",
  stripe: "a Stripe API key",
  tailscale: "a Tailscale key",
  vercel: "a Vercel token",
};

// The rule for `secretlint-disable` comments is left out: the change must not silence its judge.
const SCANNERS = rules
  .filter(({ meta }) => !meta.id.endsWith("-filter-comments"))
  .map((rule) => ({
    id: rule.meta.id,
    rule,
    options: rule.meta.id.endsWith("-aws") ? { enableIDScanRule: true } : {},
  }));
// An account's number is no secret, and anything of twelve digits looks like one.
const NOT_SECRET: ReadonlySet<string> = new Set(["AWSAccountID"]);

// It keeps a record of every call for as long as the process lives.
secretLintProfiler.setEnabled(false);

/** Searches the new lines of a change for secrets. What is given back holds places, never a secret. */
export async function scanForSecrets(
  change: Pick<Change, "files">,
  texts: ReadonlyMap<GitObjectId, string>,
): Promise<SecretScan> {
  const places = new Map<GitObjectId, readonly SecretPlace[]>();
  const failures = new Map<GitObjectId, string>();
  for (const file of change.files) {
    const blob = file.after?.blob;
    const text = blob === undefined ? undefined : texts.get(blob);
    if (blob === undefined || text === undefined || file.addedLines.length === 0) continue;
    try {
      places.set(blob, [...(places.get(blob) ?? []), ...(await scanFile(file, text))]);
    } catch (error) {
      const isOurs = error instanceof TooLarge;
      failures.set(blob, isOurs ? error.message : "the scanner broke down on it.");
    }
  }
  return { places, failures };
}

class TooLarge extends Error {}

async function scanFile(file: ChangedFile, text: string): Promise<readonly SecretPlace[]> {
  const lines = indexLines(text);
  const found = new Map<string, SecretPlace>();
  let left = LONGEST_TEXT;
  for (const [from, to] of stretches(file.addedLines, text)) {
    left -= to - from;
    if (left < 0) throw new TooLarge("its new lines are larger than 2 MiB.");
    for (const { start, end, kind } of await scanText(file.path, text.slice(from, to))) {
      const line = lines.lineAt(from + start);
      const startColumn = lines.columnAt(from + start);
      const isOneLine = lines.lineAt(from + end) === line;
      const rest = text.indexOf("\n", from + start);
      const lineEnd = lines.columnAt(rest === -1 ? text.length : rest);
      const endColumn = isOneLine ? lines.columnAt(from + end) : lineEnd;
      // Two rules may know one token: a line is told once for each kind.
      const key = `${line}:${kind}`;
      if (found.has(key)) continue;
      found.set(key, { line, startColumn, endColumn, kind });
    }
  }
  return [...found.values()].toSorted((a, b) => a.line - b.line || a.startColumn - b.startColumn);
}

/** Offsets of the new lines with what stands around them, put together where they touch. */
function stretches(added: readonly LineRange[], text: string): readonly [number, number][] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const offset = (line: number) => starts[Math.max(0, line - 1)] ?? text.length;
  const result: [number, number][] = [];
  for (const { start, end } of added) {
    const [from, to] = [offset(start - CONTEXT_LINES), offset(end + CONTEXT_LINES + 1)];
    const last = result.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(to, last[1]);
    else result.push([from, to]);
  }
  return result;
}

async function scanText(path: string, content: string) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  const source = {
    filePath: name,
    content,
    ext: dot > 0 ? name.slice(dot) : "",
    contentType: "text",
  } as const;
  const options = { noPhysicFilePath: true, maskSecrets: true, config: { rules: SCANNERS } };
  const { messages } = await lintSource({ source, options });
  return messages
    .filter(({ messageId }) => !NOT_SECRET.has(messageId))
    .map(({ ruleId, range: [start, end] }) => {
      const rule = ruleId.replace(/^.*secretlint-rule-/u, "");
      return { start, end, kind: KINDS[rule] ?? `a credential (${rule})` };
    });
}
