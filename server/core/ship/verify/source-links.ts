import { VERDICT_FIELD } from "../../attest/verification.ts";
import { printable } from "../../printable.ts";
import type { Provenance } from "../provenance.ts";
import { KINDS } from "./kinds.ts";
import {
  type Expectations,
  type Link,
  linkOf,
  type LinkName,
  type LoadedImage,
  type LoadedPaper,
  missingLink,
} from "./loaded.ts";
import { type FoundPapers, findPapers, isImage, type ReadPaper, subjectDigests } from "./papers.ts";
import type { VerdictPaper } from "./verdict-link.ts";

const REVISION_LABEL = "org.opencontainers.image.revision";

/** What the links of the source side are held against. */
export interface SourceContext {
  readonly image: LoadedImage;
  readonly loaded: readonly LoadedPaper[];
  readonly expectations: Expectations;
  readonly provenance: ReadPaper<Provenance> | null;
  readonly verdict: VerdictPaper | null;
}

/** Whether every signed paper is about one commit and one tree, the ones that the image names. */
export function commitLink({ image, loaded, provenance }: SourceContext): Link {
  if (provenance === null) return missingLink("commit", "No provenance says from which commit.");
  const { gitCommit, gitTree } = provenance.predicate.buildDefinition.externalParameters.source;
  const faults: string[] = [];
  if (image.config.config.Labels?.[REVISION_LABEL] !== gitCommit)
    faults.push("The image's label names another commit than its provenance.");
  const isAboutImage = isImage(image.digest);
  for (const { result } of loaded) {
    if (!result.holds) continue;
    const { statement } = result;
    const isOurs = statement.subject.some(({ digest }) => isAboutImage(digest));
    const kind = Object.values(KINDS).find(
      ({ predicateType }) => predicateType === statement.predicateType,
    );
    if (!isOurs || kind === undefined) continue;
    const commits = subjectDigests(statement, "gitCommit");
    const trees = subjectDigests(statement, "gitTree");
    if (commits.length === 0 || commits.some((commit) => commit !== gitCommit))
      faults.push(`The ${kind.title} is about another commit.`);
    if (trees.some((tree) => tree !== gitTree))
      faults.push(`The ${kind.title} is about another tree.`);
  }
  const says = [`Commit ${gitCommit}, tree ${gitTree}.`];
  return linkOf("commit", faults, says, provenance.signers);
}

/** Whether people accepted exactly this tree under exactly the policy of the verdict. */
export function approvalsLink(context: SourceContext): Link {
  const { expectations, loaded, provenance, verdict } = context;
  const tree = provenance?.predicate.buildDefinition.externalParameters.source.gitTree;
  const isTree = (digest: Readonly<Record<string, string>>) => digest["gitTree"] === tree;
  // The verdict vouches for the very bytes of these; only who signed them is not known here.
  const inputs = inputsOf(verdict);
  const isStranger = ({ digest, result }: LoadedPaper) => !result.holds && inputs.has(digest);
  const strangers = loaded.filter(isStranger);
  const known = loaded.filter((paper) => !isStranger(paper));
  const { faults: found, papers } = findPapers(known, KINDS.approval, isTree);
  const faults = [...found, ...notGiven(context, papers)];
  for (const { predicate } of papers) {
    if (verdict === null) break;
    if (predicate.policy.digest.sha256 !== verdict.predicate.policy.digest?.sha256)
      faults.push("An approval was given under another policy than the verdict's.");
    if (predicate.change !== verdict.predicate[VERDICT_FIELD].change)
      faults.push("An approval is of another change than the verdict.");
  }
  if (faults.length === 0 && strangers.length > 0) {
    return missingLink("approvals", `${strangers.length} were signed by keys that were not given.`);
  }
  if (faults.length === 0 && papers.length === 0) {
    return expectations.require.includes("approval")
      ? missingLink("approvals", "No approval is attached.")
      : { name: "approvals", status: "absent", says: ["No approval was asked for."], by: [] };
  }
  const says = papers.map(
    ({ predicate }) =>
      `Approved on ${predicate.time}: ${printable(predicate.reason || "no reason given")}`,
  );
  return linkOf(
    "approvals",
    faults,
    says,
    papers.flatMap(({ signers }) => signers),
  );
}

/** Whether the tests passed and the behaviour was watched, on the tree that was built. */
export function runsLink(context: SourceContext): Link {
  const { image, loaded, provenance } = context;
  const tests = findPapers(loaded, KINDS.test, isImage(image.digest));
  const traces = findPapers(loaded, KINDS.trace, isImage(image.digest));
  const missing = lackOf("runs", "test result", tests) ?? lackOf("runs", "runtime trace", traces);
  if (missing !== null) return missing;
  const faults = [...tests.faults, ...traces.faults];
  faults.push(...notGiven(context, tests.papers), ...notGiven(context, traces.papers));
  const tree = provenance?.predicate.buildDefinition.externalParameters.source.gitTree;
  for (const { predicate } of tests.papers) {
    if (predicate.result === "FAILED") faults.push("The tests failed.");
    const ran = predicate.configuration.find(({ name }) => name === "tree")?.digest?.gitTree;
    if (ran !== tree) faults.push("The tests ran on another tree than was built.");
  }
  const [test] = tests.papers;
  const [trace] = traces.papers;
  const log = trace?.predicate.monitorLog;
  const says = [
    `${test?.predicate.passedTests.length ?? 0} tests passed, ${test?.predicate.warnedTests.length ?? 0} skipped; ${log?.network.length ?? 0} network attempts and ${log?.process.length ?? 0} processes seen, on ${trace?.predicate.metadata.buildStartedOn ?? "?"}.`,
  ];
  return linkOf("runs", faults, says, [...(test?.signers ?? []), ...(trace?.signers ?? [])]);
}

/** Whether the change that was judged is the one whose lines are attributed, and by which sessions. */
export function changeLinks(context: SourceContext): readonly Link[] {
  const { image, loaded, verdict } = context;
  const found = findPapers(loaded, KINDS.attribution, isImage(image.digest));
  const lack = lackOf("change", "attribution", found);
  const [paper] = found.papers;
  if (lack !== null || paper === undefined) {
    return [
      lack ?? linkOf("change", found.faults, []),
      missingLink("sessions", "No attribution that holds names them."),
    ];
  }
  const { base, change, files, lines, sessions } = paper.predicate;
  const faults = [...found.faults, ...notGiven(context, found.papers)];
  const judged = verdict?.predicate[VERDICT_FIELD];
  if (judged !== undefined && judged.change !== change)
    faults.push("The attribution is of another change than the verdict.");
  if (judged !== undefined && judged.base !== base)
    faults.push("The attribution is measured against another base than the verdict.");
  const says = [
    `Change ${change}: ${files.length} files, ${lines.added} added lines over ${base}.`,
  ];
  const sums = sessions.reduce((sum, session) => sum + session.lines, 0);
  const odd = sums !== lines.ai || lines.ai + lines.human + lines.unknown !== lines.added;
  const told = sessions.map(
    ({ agent, lines: count, model, session }) =>
      `${count} of ${lines.added} lines by ${printable(agent)}${model === undefined ? "" : ` (${printable(model)})`} in session ${printable(session)}.`,
  );
  const rest = `${lines.human} lines by people, ${lines.unknown} by nobody on record.`;
  return [
    linkOf("change", faults, says, paper.signers),
    linkOf(
      "sessions",
      odd ? ["The lines of the sessions do not add up."] : [],
      [...told, rest],
      paper.signers,
    ),
  ];
}

/** Papers that the verdict was not given: somebody added them later. */
function notGiven(
  { verdict }: SourceContext,
  papers: readonly Pick<ReadPaper<unknown>, "digest" | "statement">[],
): readonly string[] {
  if (verdict === null) return [];
  const inputs = inputsOf(verdict);
  return papers
    .filter(({ digest }) => !inputs.has(digest))
    .map(({ statement }) => {
      const kind = Object.values(KINDS).find(
        (each) => each.predicateType === statement.predicateType,
      );
      return `The ${kind?.title ?? "paper"} is not the one that the verdict was given.`;
    });
}

/** Digests of the papers that a verdict was given. */
function inputsOf(verdict: VerdictPaper | null): ReadonlySet<string> {
  const inputs = verdict?.predicate.inputAttestations ?? [];
  return new Set(inputs.map(({ digest }) => `sha256:${digest?.sha256 ?? ""}`));
}

function lackOf(name: LinkName, title: string, found: FoundPapers<unknown>): Link | null {
  if (found.papers.length > 0) return null;
  if (found.faults.length > 0) return linkOf(name, found.faults, []);
  return missingLink(name, `No ${title} is attached.`);
}
