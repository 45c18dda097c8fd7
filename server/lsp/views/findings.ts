import { count } from "../../cli/reporters/words.ts";
import type { Digest } from "../../core/digest.ts";
import type { Finding } from "../../core/finding.ts";
import type { Review } from "../../core/review.ts";
import { RULES } from "../../core/rules.ts";
import type { FindingGroups, ViewNode, ViewTone } from "../../protocol.ts";
import type { UriOf } from "../diagnostics.ts";
import { shortList, splitPath, viewNode } from "./node.ts";

/** Findings of a review by file or by rule; groups that stop the change come first and are open. */
export function findingNodes(
  { findings, verdict }: Review,
  groupBy: FindingGroups,
  uriOf: UriOf,
): readonly ViewNode[] {
  const blocking = new Set(
    verdict.reasons.flatMap((reason) => (reason.kind === "finding" ? [reason.fingerprint] : [])),
  );
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = groupBy === "file" ? finding.location.path : finding.rule;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [finding]);
    else list.push(finding);
  }
  const nodes = [...groups].map(([key, list]) => {
    const id = `findings/${groupBy}/${key}`;
    const lines = list.map((finding) => findingNode(finding, { groupBy, blocking, uriOf }));
    const children = shortList(id, lines);
    const expanded = list.some(({ fingerprint }) => blocking.has(fingerprint));
    return groupBy === "file"
      ? fileGroup({ id, path: key, children, expanded, uriOf, size: list.length })
      : ruleGroup({ id, list, children, expanded });
  });
  return shortList(`findings/${groupBy}`, nodes);
}

/** The id of a finding's line in the view, by which it is asked about. */
export function findingId(fingerprint: Digest): string {
  return `finding/${fingerprint}`;
}

function fileGroup(group: {
  readonly id: string;
  readonly path: string;
  readonly children: readonly ViewNode[];
  readonly expanded: boolean;
  readonly uriOf: UriOf;
  readonly size: number;
}): ViewNode {
  const { id, path, children, expanded, uriOf, size } = group;
  const { name, folder } = splitPath(path);
  return viewNode({
    id,
    label: name,
    description: folder,
    tooltip: `${path}\n${count(size, "finding")}`,
    spoken: `${path}, ${count(size, "finding")}`,
    icon: "file",
    place: { uri: uriOf(path), line: 1 },
    actions: ["open", "diff"],
    expanded,
    children,
  });
}

function ruleGroup(group: {
  readonly id: string;
  readonly list: readonly Finding[];
  readonly children: readonly ViewNode[];
  readonly expanded: boolean;
}): ViewNode {
  const { id, list, children, expanded } = group;
  const { rule } = worst(list);
  return viewNode({
    id,
    label: RULES[rule].title,
    description: rule,
    tooltip: `${RULES[rule].what}\n${count(list.length, "finding")} of ${rule}`,
    icon: iconOf(worst(list)),
    tone: toneOf(worst(list)),
    rule,
    actions: ["explain"],
    expanded,
    children,
  });
}

interface Around {
  readonly groupBy: FindingGroups;
  readonly blocking: ReadonlySet<Digest>;
  readonly uriOf: UriOf;
}

function findingNode(finding: Finding, { groupBy, blocking, uriOf }: Around): ViewNode {
  const { rule, message, remedy, location, fixes, exception, kind, fingerprint } = finding;
  const { name } = splitPath(location.path);
  const inTheWay = blocking.has(fingerprint) ? "Stands in the way of the change." : "";
  const until = exception?.expires === undefined ? "" : ` until ${exception.expires}`;
  const accepted = exception === undefined ? "" : `Accepted by ${exception.owner}${until}.`;
  const doubt = kind === "unproven" ? "Could not be decided." : "";
  const place = `${location.path}:${location.startLine}`;
  return viewNode({
    id: findingId(fingerprint),
    label: message,
    description:
      groupBy === "file" ? `${location.startLine} · ${rule}` : `${name}:${location.startLine}`,
    tooltip: [message, remedy, doubt, accepted, inTheWay, `${rule} · ${place}`]
      .filter((it) => it !== "")
      .join("\n"),
    spoken: `${SPOKEN[toneOf(finding)]} ${message} ${place}. ${accepted}${inTheWay}`.trim(),
    icon: iconOf(finding),
    tone: toneOf(finding),
    place: { uri: uriOf(location.path), line: location.startLine },
    rule,
    actions: [
      "open",
      "explain",
      ...(fixes.length > 0 ? (["fix"] as const) : []),
      ...(rule === "sandbox/could-not-run" ? (["run"] as const) : []),
    ],
  });
}

const SPOKEN = {
  plain: "",
  error: "Error:",
  warning: "Warning:",
  info: "Note:",
  good: "",
  muted: "Accepted:",
} as const satisfies Record<ViewTone, string>;

function worst(list: readonly Finding[]): Finding {
  const [first] = list;
  if (first === undefined) throw new Error("A group of findings is never empty.");
  return list.find(({ exception }) => exception === undefined) ?? first;
}

function toneOf({ severity, exception }: Finding): ViewTone {
  return exception === undefined ? severity : "muted";
}

function iconOf(finding: Finding): string {
  if (finding.exception !== undefined) return "pass";
  return finding.kind === "unproven" && finding.severity !== "info" ? "question" : finding.severity;
}
