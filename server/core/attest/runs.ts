import { z } from "zod";

import type { Behaviour, RunRecord } from "../run.ts";
import { PREDICATES, ResourceDescriptor, STATEMENT_TYPE, statementOf } from "./statement.ts";
import { type About, digestSet, subjectsOf } from "./subjects.ts";

/** The kind of monitor and of process in a runtime trace: what they are is told on this page. */
const BOX = "https://github.com/shipgate/shipgate/blob/main/docs/architecture.md#the-sandbox";

const names = z.array(z.string().max(5000)).max(100_000);

/** in-toto test-result v0.1. A skipped test is a warning: it says nothing. */
export const TestResultStatement = statementOf(
  PREDICATES.testResult,
  z.strictObject({
    result: z.enum(["PASSED", "WARNED", "FAILED"]),
    configuration: z.array(ResourceDescriptor).min(1).max(16),
    passedTests: names,
    warnedTests: names,
    failedTests: names,
  }),
);
export type TestResultStatement = z.infer<typeof TestResultStatement>;

const logged = z.array(z.record(z.string(), z.unknown())).max(100_000);

/** in-toto runtime-trace v0.1. */
export const RuntimeTraceStatement = statementOf(
  PREDICATES.runtimeTrace,
  z.strictObject({
    monitor: z.strictObject({
      type: z.url(),
      configSource: ResourceDescriptor,
      tracePolicy: z.record(z.string(), z.unknown()),
    }),
    monitoredProcess: z.strictObject({
      hostID: z.string().max(1000),
      type: z.url(),
      event: z.string().max(100_000),
    }),
    monitorLog: z.strictObject({ process: logged, network: logged, fileAccess: logged }),
    metadata: z.strictObject({
      buildStartedOn: z.iso.datetime(),
      buildFinishedOn: z.iso.datetime(),
    }),
  }),
);
export type RuntimeTraceStatement = z.infer<typeof RuntimeTraceStatement>;

/** The tests of a run as a statement. A run that did not end by itself with 0 is a failed one. */
export function testResultStatement(run: RunRecord, about: About): TestResultStatement {
  const namesOf = (status: string) =>
    run.tests.filter((test) => test.status === status).map(({ name }) => name);
  const ended = run.end.reason === "exited" && run.end.code === 0;
  const failed = namesOf("failed");
  const skipped = namesOf("skipped");
  const result = !ended || failed.length > 0 ? "FAILED" : skipped.length > 0 ? "WARNED" : "PASSED";
  return TestResultStatement.parse({
    _type: STATEMENT_TYPE,
    subject: subjectsOf(about),
    predicateType: PREDICATES.testResult,
    predicate: {
      result,
      configuration: configurationOf(run),
      passedTests: namesOf("passed"),
      warnedTests: skipped,
      failedTests: failed,
    },
  });
}

/** What a run was seen to do, as a statement. `finished` is when it ended (ISO 8601). */
export function runtimeTraceStatement(
  run: RunRecord,
  about: About,
  finished: string,
): RuntimeTraceStatement {
  const { isolation, request, behaviours, startedAt } = run;
  const ofKind = (...kinds: readonly Behaviour["kind"][]) =>
    behaviours.filter(({ kind }) => kinds.includes(kind));
  return RuntimeTraceStatement.parse({
    _type: STATEMENT_TYPE,
    subject: subjectsOf(about),
    predicateType: PREDICATES.runtimeTrace,
    predicate: {
      monitor: {
        type: BOX,
        configSource: { name: "run", digest: digestSet(run.key) },
        tracePolicy: { isolation: isolation.level, selfTest: isolation.selfTest },
      },
      monitoredProcess: {
        hostID: isolation.engine,
        type: BOX,
        event: JSON.stringify(request.command),
      },
      monitorLog: {
        process: ofKind("process"),
        network: ofKind("connect", "lookup"),
        fileAccess: ofKind("file"),
      },
      metadata: { buildStartedOn: startedAt, buildFinishedOn: finished },
    },
  });
}

/** What decides the result of a run, by digest. */
function configurationOf({ request }: RunRecord): z.infer<typeof ResourceDescriptor>[] {
  const { image, tree, dependencies } = request;
  return [
    { name: "tree", digest: { gitTree: tree } },
    { name: "image", digest: digestSet(image) },
    ...(dependencies === null ? [] : [{ name: "dependencies", digest: digestSet(dependencies) }]),
  ];
}
