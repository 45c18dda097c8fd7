import {
  type CancellationToken,
  type Disposable,
  l10n,
  Location,
  Position,
  Range,
  type TestController,
  type TestItem,
  TestMessage,
  type TestRun,
  TestRunProfileKind,
  TestRunRequest,
  tests,
  Uri,
} from "vscode";
import {
  ExecuteCommandRequest,
  type LanguageClient,
  WorkDoneProgress,
} from "vscode-languageclient/node";

import {
  GetTestResults,
  ReviewChanged,
  SERVER_COMMANDS,
  type TestResult,
  type TestResults,
} from "../server/protocol.ts";
import type { Statuses } from "./statuses.ts";

const ROOT = "change";

/** The change's tests in the Testing view, as the last run in the sandbox knew them. */
export class TestingView implements Disposable {
  readonly #client: LanguageClient;
  readonly #statuses: Statuses;
  readonly #controller: TestController;
  readonly #listening: readonly Disposable[];
  /** The run whose results stand in the view. */
  #shown = "";
  #isRunning = false;
  #tokens = 0;

  constructor(client: LanguageClient, statuses: Statuses) {
    this.#client = client;
    this.#statuses = statuses;
    this.#controller = tests.createTestController("shipgate", "Shipgate");
    const profile = this.#controller.createRunProfile(
      l10n.t("Run in Sandbox"),
      TestRunProfileKind.Run,
      (request, token) => this.#run(request, token),
      true,
    );
    this.#listening = [
      profile,
      client.onNotification(ReviewChanged, () => void this.#follow()),
      statuses.onDidChange(() => void this.#follow()),
    ];
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#controller.dispose();
  }

  /** Shows the results of a run that was started elsewhere. */
  async #follow(): Promise<void> {
    if (this.#isRunning) return;
    const results = await this.#ask();
    const isJudged = typeof this.#statuses.current?.score === "number";
    if (isJudged && this.#controller.items.size === 0) {
      this.#controller.items.add(this.#controller.createTestItem(ROOT, l10n.t("Change")));
    }
    if (results === null || results.id === this.#shown || this.#isRunning) return;
    this.#showItems(results);
    const run = this.#controller.createTestRun(new TestRunRequest(), l10n.t("Sandbox"), false);
    this.#report(run, results);
    run.end();
  }

  /** Runs base and head; the whole change is run, whichever of its tests was chosen. */
  async #run(request: TestRunRequest, token: CancellationToken): Promise<void> {
    const folder = this.#statuses.current?.folder;
    if (folder === undefined) return;
    this.#isRunning = true;
    const run = this.#controller.createTestRun(request, l10n.t("Sandbox"));
    this.#controller.items.forEach((item) => run.started(item));
    try {
      await this.#execute(folder, run, token);
      const results = await this.#ask();
      if (results === null) say(run, l10n.t("The run had no result. The Findings view says why."));
      else {
        this.#showItems(results);
        this.#report(run, results);
      }
    } catch (error) {
      if (!token.isCancellationRequested) say(run, error instanceof Error ? error.message : "");
    } finally {
      this.#isRunning = false;
      run.end();
    }
  }

  /** Asks the server, and writes what it says meanwhile into the run's output. */
  async #execute(folder: string, run: TestRun, token: CancellationToken): Promise<void> {
    this.#tokens += 1;
    const workDoneToken = `shipgate-testing-${this.#tokens}`;
    const progress = this.#client.onProgress(WorkDoneProgress.type, workDoneToken, (step) => {
      if (step.kind === "report" && step.message !== undefined) say(run, step.message);
    });
    const params = {
      command: SERVER_COMMANDS.runChange,
      arguments: [{ folder }],
      workDoneToken,
    };
    try {
      await this.#client.sendRequest(ExecuteCommandRequest.type, params, token);
    } finally {
      progress.dispose();
    }
  }

  async #ask(): Promise<TestResults | null> {
    const folder = this.#statuses.current?.folder;
    if (folder === undefined || !this.#client.isRunning()) return null;
    return this.#client.sendRequest(GetTestResults, { folder }).catch(() => null);
  }

  #showItems(results: TestResults): void {
    this.#shown = results.id;
    const root = this.#controller.createTestItem(ROOT, l10n.t("Change"));
    root.children.replace(
      results.tests.map((test) => {
        const uri = test.place === null ? undefined : Uri.parse(test.place.uri);
        const item = this.#controller.createTestItem(test.id, test.label, uri);
        item.description = test.description;
        if (test.place !== null) item.range = lineRange(test.place.line);
        return item;
      }),
    );
    this.#controller.items.replace([root]);
  }

  #report(run: TestRun, results: TestResults): void {
    const items = this.#controller.items.get(ROOT)?.children;
    say(run, results.output);
    for (const test of results.tests) {
      const item = items?.get(test.id);
      if (item !== undefined) reportOne(run, item, test);
    }
  }
}

function reportOne(run: TestRun, item: TestItem, test: TestResult): void {
  switch (test.head) {
    case "passed":
      run.passed(item, test.durationMs);
      return;
    case "failed":
      run.failed(item, messageOf(test), test.durationMs);
      return;
    case "skipped":
    case null:
      run.skipped(item);
  }
}

function messageOf({ description, message, place }: TestResult): TestMessage {
  const said = new TestMessage([description, message].filter((it) => it !== "").join("\n"));
  if (place !== null)
    said.location = new Location(Uri.parse(place.uri), new Position(place.line - 1, 0));
  return said;
}

function lineRange(line: number): Range {
  return new Range(line - 1, 0, line - 1, 0);
}

/** A terminal shows the output: it needs both characters of a line's end. */
function say(run: TestRun, text: string): void {
  if (text !== "") run.appendOutput(`${text.replaceAll("\n", "\r\n")}\r\n`);
}
