import { count, describeBehaviour, describeRun } from "../../cli/reporters/words.ts";
import type { Delta } from "../../core/delta.ts";
import type { Review } from "../../core/review.ts";
import type { Behaviour, Isolation, RunRecord, TestOutcome } from "../../core/run.ts";
import type { ViewNode } from "../../protocol.ts";
import type { UriOf } from "../diagnostics.ts";
import { isolationText } from "../trust-status.ts";
import { shortList, viewNode } from "./node.ts";

/** What the last run of base and head came to: the difference first, as it is what was asked for. */
export function runNodes({ runs, delta }: Review, uriOf: UriOf): readonly ViewNode[] {
  if (runs === null) return [];
  return [
    ...(delta === null ? [] : [deltaNode(delta, uriOf)]),
    runNode("head", "Head", runs.head, uriOf),
    runNode("base", "Base", runs.base, uriOf),
    isolationNode(runs.head.isolation),
  ];
}

function deltaNode({ tests, appeared }: Delta, uriOf: UriOf): ViewNode {
  const children = [
    ...tests.map((change, index) => changedTest(change, `delta/test/${index}`, uriOf)),
    ...appeared.map((behaviour, index) => behaviourNode(behaviour, `delta/new/${index}`, uriOf)),
  ];
  if (children.length === 0) {
    return viewNode({
      id: "delta",
      label: "No difference",
      description: "head does what base does",
      icon: "pass-filled",
      tone: "good",
    });
  }
  const parts = [
    ...(tests.length > 0 ? [count(tests.length, "test outcome")] : []),
    ...(appeared.length > 0 ? [count(appeared.length, "new behaviour")] : []),
  ];
  return viewNode({
    id: "delta",
    label: "Difference",
    description: parts.join(", "),
    icon: "diff",
    tone: tests.some(({ after }) => after?.status === "failed") ? "error" : "warning",
    expanded: true,
    children: shortList("delta", children),
  });
}

function changedTest(
  { name, before, after }: Delta["tests"][number],
  id: string,
  uriOf: UriOf,
): ViewNode {
  const place = after?.location ?? before?.location;
  const failed = after?.status === "failed";
  return viewNode({
    id,
    label: name,
    description: `${before?.status ?? "not there"} → ${after?.status ?? "gone"}`,
    tooltip: [name, after?.message ?? ""].filter((it) => it !== "").join("\n"),
    icon: failed ? "error" : after?.status === "passed" ? "pass" : "circle-slash",
    tone: failed ? "error" : after?.status === "passed" ? "good" : "warning",
    place: place === undefined ? null : { uri: uriOf(place.path), line: place.line },
  });
}

function behaviourNode(behaviour: Behaviour, id: string, uriOf: UriOf): ViewNode {
  const frame = behaviour.kind === "file" ? undefined : behaviour.stack?.[0];
  const said = describeBehaviour(behaviour);
  return viewNode({
    id,
    label: said.slice(0, 1).toUpperCase() + said.slice(1),
    description: frame === undefined ? "" : `${frame.path}:${frame.line}`,
    icon: BEHAVIOUR_ICONS[behaviour.kind],
    tone: "warning",
    place: frame === undefined ? null : { uri: uriOf(frame.path), line: frame.line },
  });
}

const BEHAVIOUR_ICONS = {
  connect: "globe",
  lookup: "search",
  process: "terminal",
  file: "new-file",
} as const satisfies Record<Behaviour["kind"], string>;

function runNode(id: string, label: string, run: RunRecord, uriOf: UriOf): ViewNode {
  const { end } = run;
  const good = end.reason === "exited" && end.code === 0;
  return viewNode({
    id: `run/${id}`,
    label,
    description: describeRun(run),
    tooltip: `${run.request.command.join(" ")}\n${describeRun(run)}\nimage ${run.request.image}\nstarted ${run.startedAt}`,
    icon: good ? "pass" : "error",
    tone: good ? "good" : "error",
    children: shortList(
      `run/${id}`,
      run.tests.map((test, index) => testNode(test, `run/${id}/${index}`, uriOf)),
    ),
  });
}

function testNode({ name, status, message, location }: TestOutcome, id: string, uriOf: UriOf) {
  const looks = {
    passed: { icon: "pass", tone: "good" },
    failed: { icon: "error", tone: "error" },
    skipped: { icon: "circle-slash", tone: "muted" },
  } as const;
  return viewNode({
    id,
    label: name,
    tooltip: [name, message ?? ""].filter((it) => it !== "").join("\n"),
    spoken: `${name}, ${status}`,
    ...looks[status],
    place: location === undefined ? null : { uri: uriOf(location.path), line: location.line },
  });
}

function isolationNode(isolation: Isolation): ViewNode {
  const { level, engine, selfTest } = isolation;
  const holds = Object.values(selfTest).every(Boolean);
  return viewNode({
    id: "isolation",
    label: `Isolation: ${level}`,
    description: holds ? "proven by self-test" : "not proven",
    tooltip: `${engine}\n${isolationText(isolation)}`,
    icon: holds ? "lock" : "unlock",
    tone: holds ? "plain" : "error",
  });
}
