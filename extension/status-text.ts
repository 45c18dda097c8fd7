import type { Mend, TrustLine, TrustState, TrustStatus } from "../server/protocol.ts";

/** What the status bar item looks like. */
export interface StatusLook {
  readonly text: string;
  /** Markdown with theme icons and command links; everything that is not ours is escaped. */
  readonly tooltip: string;
  readonly background: "error" | "warning" | null;
  readonly accessibilityLabel: string;
}

/** Commands that the tooltip may link to; nothing else in it can be executed. */
export const TOOLTIP_COMMANDS = [
  "shipgate.runChange",
  "shipgate.openPlace",
  "shipgate.showOutput",
  "workbench.trust.manage",
] as const;

const MOST_LINES = 8;

/** Paints a status. Pure: the same status always looks the same. */
export function statusLook(status: TrustStatus): StatusLook {
  return {
    text: textOf(status),
    tooltip: tooltipOf(status),
    background: backgroundOf(status.state),
    accessibilityLabel: labelOf(status),
  };
}

/** What stands in the bar while there is no server to ask. */
export function serverDownLook(): StatusLook {
  return {
    text: "$(shield) server stopped",
    tooltip:
      "**Shipgate’s server is not running.**\n\n" +
      `Start it with “Shipgate: Restart Server”. [Show the output](command:shipgate.showOutput)`,
    background: "warning",
    accessibilityLabel: "Shipgate: the server is not running",
  };
}

/** The status to show: that of the active editor's folder, else the one that needs a look most. */
export function pickStatus(
  statuses: readonly TrustStatus[],
  activeFolder: string | null,
): TrustStatus | null {
  const active = statuses.find(({ folder }) => folder === activeFolder);
  if (active !== undefined) return active;
  return statuses.toSorted((a, b) => URGENCY[b.state] - URGENCY[a.state])[0] ?? null;
}

const URGENCY = {
  off: 0,
  "no-repository": 1,
  "no-commits": 2,
  pass: 3,
  computing: 4,
  untrusted: 5,
  "no-engine": 6,
  unproven: 7,
  running: 8,
  error: 9,
  fail: 10,
} as const satisfies Record<TrustState, number>;

function textOf({ state, score, grade }: TrustStatus): string {
  const points = score === null ? null : `${score} ${grade}`;
  const says = (icon: string, word: string | null) =>
    [`$(${icon})`, [points, word].filter((it) => it !== null).join(" · ")].join(" ").trimEnd();
  switch (state) {
    case "computing":
      return says("loading~spin", points === null ? "Shipgate" : null);
    case "running":
      return says("loading~spin", "running");
    case "pass":
      return says("shield", null);
    case "fail":
      return says("shield", "fail");
    case "unproven":
      return says("shield", "unproven");
    case "no-engine":
      return says("debug-disconnect", "no engine");
    case "untrusted":
      return says("workspace-untrusted", "untrusted");
    case "no-repository":
      return "$(shield) no git";
    case "no-commits":
      return "$(shield) no commits";
    case "off":
      return "$(shield) off";
    case "error":
      return "$(warning) Shipgate";
  }
}

/** Calm by default: colour only where somebody has to act. */
function backgroundOf(state: TrustState): StatusLook["background"] {
  if (state === "fail") return "error";
  return state === "error" ? "warning" : null;
}

function labelOf({ state, score, grade, branch, summary }: TrustStatus): string {
  const points = score === null ? "" : `trust score ${score} of 100, grade ${grade}, `;
  const where = branch === null ? "" : `branch ${branch}. `;
  return `Shipgate: ${points}${STATE_WORDS[state]}. ${where}${summary}`;
}

const STATE_WORDS = {
  computing: "being judged",
  running: "running in the sandbox",
  pass: "passes",
  fail: "fails",
  unproven: "unproven",
  "no-engine": "unproven, no container engine",
  "no-repository": "no git repository",
  "no-commits": "no commits yet",
  untrusted: "unproven, workspace not trusted",
  off: "switched off",
  error: "could not judge",
} as const satisfies Record<TrustState, string>;

function tooltipOf(status: TrustStatus): string {
  const parts = [
    `**Shipgate: ${STATE_WORDS[status.state]}**${branchText(status.branch)}`,
    [escapeText(status.summary), escapeText(status.remedy)].filter((it) => it !== "").join(" "),
    status.score === null ? "" : sumTable(status, status.score),
    status.isolation === null ? "" : `$(lock) Last run: ${escapeText(status.isolation)}`,
    actionsOf(status),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function branchText(branch: string | null): string {
  return branch === null ? "" : ` $(git-branch) ${escapeText(branch)}`;
}

/** The sum, a line each, largest first; what does not fit is one line, so that it still adds up. */
function sumTable({ deductions, spared, grade, folder }: TrustStatus, score: number): string {
  const shown = deductions.length > MOST_LINES ? deductions.slice(0, MOST_LINES - 1) : deductions;
  const rest = deductions.slice(shown.length);
  const rows = ["| | |", "|--:|:--|", "| 100 | full trust |"];
  for (const line of shown) rows.push(`| −${line.points} | ${lineText(line, folder)} |`);
  if (rest.length > 0) {
    const points = rest.reduce((total, line) => total + line.points, 0);
    rows.push(`| −${points} | ${rest.length} smaller ones |`);
  }
  if (spared > 0) rows.push(`| +${spared} | a score does not go below 0 |`);
  rows.push(`| **${score}** | **${grade}** |`);
  return rows.join("\n");
}

function lineText({ reason, remedy, mend }: TrustLine, folder: string): string {
  const link = mendLink(mend, folder, remedy);
  return link === null ? escapeText(reason) : `${escapeText(reason)} — ${link}`;
}

function mendLink(mend: Mend, folder: string, remedy: string): string | null {
  const title = escapeText(remedy);
  switch (mend.kind) {
    case "run":
      return `[Run in sandbox](${commandUri("shipgate.runChange", { folder })} "${title}")`;
    case "open":
      return `[${placeText(mend)}](${commandUri("shipgate.openPlace", mend)} "${title}")`;
    case "none":
      return null;
  }
}

/** A file's name and line; a name that does not decode is shown as it is. */
function placeText({ uri, line }: Extract<Mend, { kind: "open" }>): string {
  const name = uri.split("/").at(-1) ?? "";
  try {
    return escapeText(`${decodeURIComponent(name)}:${line}`);
  } catch {
    return escapeText(`${name}:${line}`);
  }
}

function actionsOf({ state }: TrustStatus): string {
  if (state === "untrusted") return "[Manage workspace trust](command:workbench.trust.manage)";
  return state === "error" ? "[Show the output](command:shipgate.showOutput)" : "";
}

function commandUri(command: (typeof TOOLTIP_COMMANDS)[number], argument: unknown): string {
  const text = encodeURIComponent(JSON.stringify([argument]));
  // Parentheses would end the link, and encodeURIComponent leaves them alone.
  return `command:${command}?${text.replaceAll("(", "%28").replaceAll(")", "%29")}`;
}

/** Text that is not ours, for Markdown: nothing in it links, formats, breaks the table or names an icon. */
export function escapeText(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/["\\`*_{}[\]()#+\-.!|<>~$&:@]/g, String.raw`\$&`);
}
