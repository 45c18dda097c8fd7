import {
  count,
  countBySeverity,
  describeBehaviour,
  describeIsolation,
  describePlace,
  describeRun,
  describeVerdict,
  sparedPoints,
} from "../../cli/reporters/words.ts";
import type { Finding } from "../../core/finding.ts";
import type { Review } from "../../core/review.ts";
import { RULES } from "../../core/rules.ts";
import type { RunRecord } from "../../core/run.ts";
import { html, type Html, NOTHING } from "./html.ts";

/** Where a page's links lead; null where a page cannot lead there. */
export interface Links {
  readonly toPlace: (path: string, line: number) => string | null;
  readonly toRule: (rule: string) => string | null;
  readonly toRun: () => string | null;
}

const MOST_FINDINGS = 300;

/** The change's story, a sentence each: from the session to the verdict. */
export function storySection(review: Review): Html {
  const { change, findings, runs, delta, verdict } = review;
  const lines = change.files.flatMap((file) => file.lines);
  const size = (of: typeof lines) =>
    of.reduce((sum, { range }) => sum + range.end - range.start + 1, 0);
  const all = size(lines);
  const steps = change.sessions.map(({ agent, session, model }) => {
    const own = size(
      lines.filter(
        ({ attribution: by }) =>
          by.kind === "ai" && by.by.agent === agent && by.by.session === session,
      ),
    );
    const name = model === undefined ? agent : `${agent} (${model})`;
    return html`<li>
      <strong>${name}</strong> wrote ${own} of ${count(all, "new line")} in session
      <code>${session}</code>.
    </li>`;
  });
  const differs = delta === null ? 0 : delta.tests.length + delta.appeared.length;
  return html`<h2>Story</h2>
    <ol class="story">
      ${steps}
      <li>
        The change touches ${count(change.files.length, "file")} against
        <code>${change.base.commit.slice(0, 12)}</code>.
      </li>
      <li>The checks found ${findings.length === 0 ? "nothing" : countBySeverity(findings)}.</li>
      ${runs === null ? html`<li class="unproven">It was not run in the sandbox.</li>` : html`<li class="${differs === 0 ? "pass" : "fail"}">Base and head were run side by side: ${differs === 0 ? "no difference in behaviour" : count(differs, "difference")}.</li>`}
      <li class="${verdict.status}">
        Verdict: <strong>${verdict.status}</strong>, ${describeVerdict(review)}.
      </li>
    </ol>`;
}

/** Findings, most severe first, each with what to do. */
export function findingsSection({ findings }: Review, links: Links): Html {
  if (findings.length === 0)
    return html`<h2>Findings</h2>
      <p>None.</p>`;
  const rest = findings.length - MOST_FINDINGS;
  return html`<h2>Findings</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Severity</th>
          <th scope="col">What, and what to do</th>
          <th scope="col">Place</th>
        </tr>
      </thead>
      <tbody>
        ${findings.slice(0, MOST_FINDINGS).map((finding) => findingRow(finding, links))}
      </tbody>
    </table>
    ${rest > 0 ? html`<p class="dim">${rest} more findings are not shown.</p>` : NOTHING}`;
}

function findingRow(finding: Finding, links: Links): Html {
  const { severity, message, remedy, rule, location, kind, exception } = finding;
  const accepted =
    exception === undefined ? NOTHING : html`<p class="dim">${acceptedText(exception)}</p>`;
  const word = exception === undefined ? severity : "accepted";
  return html`<tr>
    <td class="word ${exception === undefined ? severity : "info"}">
      ${word}${kind === "unproven" ? html`<p class="dim">unproven</p>` : NOTHING}
    </td>
    <td>
      <p>${message}</p>
      <p class="dim">${remedy}</p>
      ${accepted}
      <p class="dim">${link(links.toRule(rule), RULES[rule].title)} <code>${rule}</code></p>
    </td>
    <td class="mono">
      ${link(links.toPlace(location.path, location.startLine), describePlace(location))}
    </td>
  </tr>`;
}

/** Who accepted a finding, until when where it ends, and why. */
function acceptedText({ owner, expires, reason }: NonNullable<Finding["exception"]>): string {
  const until = expires === undefined ? "" : ` until ${expires}`;
  return `Accepted by ${owner}${until}: ${reason}`;
}

/** Base beside head, what differs, and which protection the boxes proved. */
export function sandboxSection({ runs, delta }: Review, links: Links): Html {
  if (runs === null) {
    const run = links.toRun();
    return html`<h2>Sandbox</h2>
      <p>This change was not run.</p>
      ${run === null ? NOTHING : html`<p>${link(run, "Run in sandbox")}</p>`}`;
  }
  const tests = (delta?.tests ?? []).map(({ name, before, after }) => {
    const place = after?.location ?? before?.location;
    const at = place === undefined ? NOTHING : html` ${placeLink(place, links)}`;
    return html`<li>
      ${name}: ${before?.status ?? "not there"} →
      <strong class="${after?.status === "passed" ? "pass" : "fail"}"
        >${after?.status ?? "gone"}</strong
      >${at}
    </li>`;
  });
  const behaviours = (delta?.appeared ?? []).map((it) => {
    const frame = it.kind === "file" ? undefined : it.stack?.[0];
    const at = frame === undefined ? NOTHING : html` ${placeLink(frame, links)}`;
    return html`<li>Head ${describeBehaviour(it)}${at}</li>`;
  });
  const differences = [...tests, ...behaviours];
  return html`<h2>Sandbox</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">How it ended</th>
          <th scope="col">Command</th>
        </tr>
      </thead>
      <tbody>
        ${runRow("Base", runs.base)}${runRow("Head", runs.head)}
      </tbody>
    </table>
    <h3>What head does and base does not</h3>
    ${
      differences.length === 0
        ? html`<p>No difference.</p>`
        : html`<ul>
            ${differences}
          </ul>`
    }
    <p class="dim">Isolation: ${describeIsolation(runs.head.isolation)}</p>
    ${
      runs.head.outputTail === ""
        ? NOTHING
        : html`<h3>What head printed last</h3>
            <pre tabindex="0" role="region" aria-label="Output of head">
${runs.head.outputTail.slice(-8000)}</pre>`
    }`;
}

function runRow(name: string, run: RunRecord): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${describeRun(run)}</td>
    <td class="mono">${run.request.command.join(" ")}</td>
  </tr>`;
}

/** The sum that makes the score. */
export function scoreSection({ score }: Review): Html {
  if (score.deductions.length === 0) return NOTHING;
  const spared = sparedPoints(score);
  return html`<h2>How the score comes about</h2>
    <table>
      <thead>
        <tr>
          <th scope="col" class="number">Points</th>
          <th scope="col">Reason</th>
          <th scope="col">What wins them back</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <td class="number">100</td>
          <td>full trust</td>
          <td></td>
        </tr>
        ${score.deductions.map(
          ({ points, reason, remedy }) =>
            html`<tr>
              <td class="number">−${points}</td>
              <td>${reason}</td>
              <td>${remedy}</td>
            </tr>`,
        )}
        ${
          spared > 0
            ? html`<tr>
                <td class="number">+${spared}</td>
                <td>a score does not go below 0</td>
                <td></td>
              </tr>`
            : NOTHING
        }
      </tbody>
      <tfoot>
        <tr>
          <td class="number">${score.value}</td>
          <td>grade ${score.grade}</td>
          <td></td>
        </tr>
      </tfoot>
    </table>`;
}

function placeLink(place: { readonly path: string; readonly line: number }, links: Links): Html {
  const { path, line } = place;
  return html`<span class="mono">${link(links.toPlace(path, line), `${path}:${line}`)}</span>`;
}

/** A link, or only its text where it leads nowhere. */
function link(target: string | null, text: string): Html {
  return target === null ? html`${text}` : html`<a href="${target}">${text}</a>`;
}
