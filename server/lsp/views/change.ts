import { count, describeVerdict } from "../../cli/reporters/words.ts";
import type { Attribution } from "../../core/attribution.ts";
import type { ChangedFile } from "../../core/change.ts";
import type { Review } from "../../core/review.ts";
import type { TrustLine, TrustStatus, ViewNode, ViewTone } from "../../protocol.ts";
import type { UriOf } from "../diagnostics.ts";
import { shortList, splitPath, viewNode } from "./node.ts";

/** The verdict with its sum, then the change by who wrote it. */
export function changeNodes(
  review: Review,
  status: TrustStatus,
  uriOf: UriOf,
): readonly ViewNode[] {
  if (review.change.files.length === 0) return [];
  return [verdictNode(review, status), ...authorNodes(review.change.files, uriOf)];
}

const LOOKS = {
  pass: { label: "Passes", icon: "pass-filled", tone: "good" },
  fail: { label: "Fails", icon: "error", tone: "error" },
  unproven: { label: "Unproven", icon: "question", tone: "warning" },
} as const satisfies Record<string, { label: string; icon: string; tone: ViewTone }>;

function verdictNode(review: Review, status: TrustStatus): ViewNode {
  const { verdict, score } = review;
  const { label, icon, tone } = LOOKS[verdict.status];
  const points = `${score.value} ${score.grade}`;
  return viewNode({
    id: "verdict",
    label: `${label} with ${points}`,
    description: describeVerdict(review),
    tooltip: [`${label}: trust score ${points}`, status.summary, status.remedy]
      .filter((it) => it !== "")
      .join("\n"),
    spoken: `${label}, trust score ${score.value} of 100, grade ${score.grade}. ${status.summary}`,
    icon,
    tone,
    actions: status.deductions.some(({ mend }) => mend.kind === "run") ? ["run"] : [],
    children: status.deductions.map(deductionNode),
  });
}

function deductionNode({ points, reason, remedy, mend }: TrustLine, index: number): ViewNode {
  return viewNode({
    id: `verdict/${index}`,
    label: `−${points}`,
    description: reason,
    tooltip: [reason, remedy].filter((it) => it !== "").join("\n"),
    spoken: `${count(points, "point")} off: ${reason}. ${remedy}`,
    icon: mend.kind === "run" ? "beaker" : "circle-small",
    place: mend.kind === "open" ? { uri: mend.uri, line: mend.line } : null,
    ...(mend.kind === "run" && { actions: ["run"] }),
  });
}

interface Author {
  readonly label: string;
  readonly detail: string;
  readonly icon: string;
  /** Assistants first, then people, then those lines that nobody is on record for. */
  readonly order: number;
  readonly files: { readonly path: string; lines: number; readonly first: number }[];
}

function authorNodes(files: readonly ChangedFile[], uriOf: UriOf): readonly ViewNode[] {
  const authors = new Map<string, Author>();
  for (const file of files) {
    for (const { range, attribution } of file.lines) {
      const { key, ...author } = authorOf(attribution);
      const entry = authors.get(key) ?? { ...author, files: [] };
      authors.set(key, entry);
      const known = entry.files.find(({ path }) => path === file.path);
      const lines = range.end - range.start + 1;
      if (known !== undefined) known.lines += lines;
      else entry.files.push({ path: file.path, lines, first: range.start });
    }
  }
  const sorted = [...authors].toSorted(([, a], [, b]) => a.order - b.order);
  return [
    ...sorted.map(([key, author]) => authorNode(`author/${key}`, author, uriOf)),
    ...otherFiles(files, uriOf),
  ];
}

function authorOf(attribution: Attribution): Omit<Author, "files"> & { readonly key: string } {
  switch (attribution.kind) {
    case "ai": {
      const { agent, session, model } = attribution.by;
      const detail = [model ?? "", `session ${session.slice(0, 8)}`].filter(Boolean).join(" · ");
      return {
        key: JSON.stringify([agent, session, model ?? ""]),
        label: agent,
        detail,
        icon: "sparkle",
        order: 0,
      };
    }
    case "human":
      return { key: "human", label: "A person", detail: "", icon: "person", order: 1 };
    case "unknown":
      return { key: "unknown", label: "Nobody on record", detail: "", icon: "question", order: 2 };
  }
}

function authorNode(id: string, author: Author, uriOf: UriOf): ViewNode {
  const lines = author.files.reduce((sum, file) => sum + file.lines, 0);
  const size = `${count(lines, "line")} in ${count(author.files.length, "file")}`;
  return viewNode({
    id,
    label: author.label,
    description: [size, author.detail].filter((it) => it !== "").join(" · "),
    tooltip: [author.label, author.detail, size].filter((it) => it !== "").join("\n"),
    icon: author.icon,
    expanded: author.order === 0,
    children: shortList(
      id,
      author.files.map(({ path, lines: own, first }) =>
        fileNode({ id: `${id}/${path}`, path, note: count(own, "line"), line: first, uriOf }),
      ),
    ),
  });
}

/** Files without new lines of text: deleted, renamed, binary. */
function otherFiles(files: readonly ChangedFile[], uriOf: UriOf): readonly ViewNode[] {
  const others = files.filter(({ lines }) => lines.length === 0);
  if (others.length === 0) return [];
  const nodes = others.map(({ path, status, opaque, removedLineCount }) => {
    const note =
      opaque && status === "modified" ? "not text" : removedText(status, removedLineCount);
    const node = fileNode({ id: `other/${path}`, path, note, line: 1, uriOf });
    return status === "deleted" ? { ...node, place: null, actions: [] } : node;
  });
  return [
    viewNode({
      id: "other",
      label: "No new lines",
      description: count(others.length, "file"),
      icon: "diff-removed",
      children: shortList("other", nodes),
    }),
  ];
}

function removedText(status: ChangedFile["status"], removed: number): string {
  return status === "modified" ? `${count(removed, "line")} removed` : status;
}

function fileNode(file: {
  readonly id: string;
  readonly path: string;
  readonly note: string;
  readonly line: number;
  readonly uriOf: UriOf;
}): ViewNode {
  const { id, path, note, line, uriOf } = file;
  const { name, folder } = splitPath(path);
  return viewNode({
    id,
    label: name,
    description: [note, folder].filter((it) => it !== "").join(" · "),
    tooltip: `${path}\n${note}`,
    spoken: `${path}, ${note}`,
    icon: "file",
    place: { uri: uriOf(path), line },
    actions: ["open", "diff"],
  });
}
