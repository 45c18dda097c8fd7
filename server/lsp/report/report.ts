import { createHash } from "node:crypto";

import { reportMarkdown } from "../../cli/reporters/markdown.ts";
import { describeChange, describeVerdict } from "../../cli/reporters/words.ts";
import type { Review } from "../../core/review.ts";
import { ruleUrl, type RuleId } from "../../core/rules.ts";
import type { ReportFormat } from "../../protocol.ts";
import { SERVER_COMMANDS } from "../../protocol.ts";
import type { UriOf } from "../diagnostics.ts";
import { authorShares, type PastVerdict, scoreHistory, scoreRing } from "./charts.ts";
import { escapeHtml, html, NOTHING } from "./html.ts";
import {
  findingsSection,
  type Links,
  sandboxSection,
  scoreSection,
  storySection,
} from "./sections.ts";
import { STYLE } from "./style.ts";

export interface ReportInput {
  readonly review: Review;
  readonly folder: string;
  /** Earlier verdicts on the same branch, oldest first. */
  readonly past: readonly PastVerdict[];
  readonly uriOf: UriOf;
}

/** A change's report: a page for the editor's webview, the same as a file of its own, or Markdown. */
export function report(input: ReportInput, format: ReportFormat): string {
  switch (format) {
    case "markdown":
      return reportMarkdown(input.review);
    case "html":
      return page(input, FILE_LINKS);
    case "page":
      return page(input, editorLinks(input));
  }
}

/** Nothing but its own style sheet, which its hash names, is allowed on the page: no script, no remote content. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

function page({ review, past }: ReportInput, links: Links): string {
  const { change, verdict, score } = review;
  const title = `Shipgate: ${change.branch ?? "detached HEAD"}`;
  const history = scoreHistory(past);
  const body = html`<header>
      ${scoreRing(score, verdict.status)}
      <div>
        <h1>
          ${change.branch ?? "Detached HEAD"}
          <span class="${verdict.status}">${VERDICTS[verdict.status]}</span>
        </h1>
        <p>${describeChange(change)}</p>
        <p class="dim">${describeVerdict(review)}</p>
      </div>
    </header>
    <main>
      ${storySection(review)} ${findingsSection(review, links)} ${sandboxSection(review, links)}
      <h2>Who wrote what</h2>
      ${authorShares(change.files)} ${scoreSection(review)}
      ${
        history === null
          ? NOTHING
          : html`<h2>Score of the branch</h2>
              ${history}`
      }
    </main>
    <footer>
      Change <code>${change.id}</code><br />Policy <code>${review.policy.hash}</code>
    </footer>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body.markup}
</body>
</html>
`;
}

const VERDICTS = { pass: "passes", fail: "fails", unproven: "is unproven" } as const;

/** A file that is passed on leads nowhere but to the rules' pages. */
const FILE_LINKS: Links = {
  toPlace: () => null,
  toRule: (rule) => ruleUrl(rule as RuleId),
  toRun: () => null,
};

function editorLinks({ folder, uriOf }: ReportInput): Links {
  return {
    toPlace: (path, line) => commandLink("shipgate.openPlace", { uri: uriOf(path), line }),
    toRule: (rule) => commandLink(SERVER_COMMANDS.explainRule, rule),
    toRun: () => commandLink("shipgate.runChange", { folder }),
  };
}

function commandLink(command: string, argument: unknown): string {
  return `command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`;
}
