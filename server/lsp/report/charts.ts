import type { Attribution } from "../../core/attribution.ts";
import type { ChangedFile } from "../../core/change.ts";
import type { Score } from "../../core/score.ts";
import type { Verdict } from "../../core/verdict.ts";
import { html, type Html, NOTHING } from "./html.ts";

/** A verdict of the past, oldest first where there are several. */
export interface PastVerdict {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly status: string;
  readonly score: number;
}

type Share = Record<Attribution["kind"], number>;

const AUTHORS = [
  ["ai", "assistants"],
  ["human", "people"],
  ["unknown", "nobody on record"],
] as const satisfies readonly (readonly [Attribution["kind"], string])[];

const MOST_FILES = 40;
const MOST_VERDICTS = 60;

/** The score as a ring that is as full as the score is high. */
export function scoreRing({ value, grade }: Score, status: Verdict["status"]): Html {
  const around = 2 * Math.PI * 36;
  const filled = ((around * value) / 100).toFixed(1);
  return html`<svg
    class="score"
    viewBox="0 0 84 84"
    role="img"
    aria-label="Trust score ${value} of 100, grade ${grade}"
  >
    <circle class="track" cx="42" cy="42" r="36" fill="none" stroke-width="6" />
    <circle
      class="ring ${status}"
      cx="42"
      cy="42"
      r="36"
      fill="none"
      stroke-width="6"
      stroke-dasharray="${filled} ${around.toFixed(1)}"
      transform="rotate(-90 42 42)"
    />
    <text x="42" y="46" text-anchor="middle" font-size="24">${value}</text>
    <text class="grade" x="42" y="62" text-anchor="middle" font-size="12">${grade}</text>
  </svg>`;
}

/** Who wrote how much of each file: a table whose bars repeat what its numbers say. */
export function authorShares(files: readonly ChangedFile[]): Html {
  const shares = files
    .map((file) => ({ path: file.path, share: shareOf(file) }))
    .map(({ path, share }) => ({ path, share, total: share.ai + share.human + share.unknown }))
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total);
  if (shares.length === 0) return html`<p class="dim">The change adds no lines of text.</p>`;
  const largest = shares[0]?.total ?? 1;
  const rows = shares.slice(0, MOST_FILES).map(
    ({ path, share, total }) =>
      html`<tr>
        <td class="mono">${path}</td>
        <td class="bar">${bar(share, largest)}</td>
        <td class="number">${total}</td>
        <td class="number">${Math.round((100 * share.ai) / total)} %</td>
      </tr>`,
  );
  const rest = shares.length - rows.length;
  return html`<p class="legend">
      ${AUTHORS.map(
        ([kind, text]) =>
          html`<span
            ><svg viewBox="0 0 10 10" aria-hidden="true">
              <rect class="${kind}" width="10" height="10" rx="2" /></svg
            >${text}</span
          >`,
      )}
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col">Authors</th>
          <th scope="col" class="number">New lines</th>
          <th scope="col" class="number">By assistants</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${rest > 0 ? html`<p class="dim">${rest} smaller files are not shown.</p>` : NOTHING}`;
}

/** The course of the branch's score; null where there is no course yet. */
export function scoreHistory(past: readonly PastVerdict[]): Html | null {
  const shown = past.slice(-MOST_VERDICTS);
  if (shown.length < 2) return null;
  const points = shown.map((verdict, index) => ({
    ...verdict,
    x: (34 + (index * 660) / (shown.length - 1)).toFixed(1),
    y: height(verdict.score).toFixed(1),
  }));
  const said = points.map(({ time, status, score }) => `${day(time)}: ${score}, ${status}`);
  return html`<svg
    class="chart"
    viewBox="0 0 720 160"
    role="img"
    aria-label="Score history. ${said.join("; ")}"
  >
    ${[0, 50, 100].map((score) => html`<line class="grid" x1="34" x2="710" y1="${height(score)}" y2="${height(score)}" /><text x="26" y="${height(score) + 4}" text-anchor="end">${score}</text>`)}
    <polyline class="course" points="${points.map(({ x, y }) => `${x},${y}`).join(" ")}" />
    ${points.map(({ x, y, status }, index) => html`<circle class="${statusClass(status)}" cx="${x}" cy="${y}" r="4"><title>${said[index] ?? ""}</title></circle>`)}
    <text x="34" y="154">${day(shown[0]?.time ?? "")}</text>
    <text x="710" y="154" text-anchor="end">${day(shown.at(-1)?.time ?? "")}</text>
  </svg>`;
}

function shareOf({ lines }: ChangedFile): Share {
  const share: Share = { ai: 0, human: 0, unknown: 0 };
  for (const { range, attribution } of lines) {
    share[attribution.kind] += range.end - range.start + 1;
  }
  return share;
}

function bar(share: Share, largest: number): Html {
  let left = 0;
  const parts = AUTHORS.filter(([kind]) => share[kind] > 0).map(([kind]) => {
    const width = (100 * share[kind]) / largest;
    const part = html`<rect
      class="${kind}"
      x="${left.toFixed(2)}"
      width="${width.toFixed(2)}"
      height="10"
    />`;
    left += width;
    return part;
  });
  return html`<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    ${parts}
  </svg>`;
}

function height(score: number): number {
  return 10 + ((100 - Math.max(0, Math.min(100, score))) * 120) / 100;
}

function day(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

/** A status comes from the journal: only those that we know become a class. */
function statusClass(status: string): Verdict["status"] {
  return status === "pass" || status === "fail" ? status : "unproven";
}
