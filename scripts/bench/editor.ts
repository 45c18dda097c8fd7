import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { runHostSuite } from "../../test/host/run.ts";
import { repositoryRoot } from "../setup/directories.ts";
import { setUpEditor } from "../setup/setup.ts";
import { type Row, withFolder } from "./measure.ts";
import { makeRepository, sourceText } from "./repositories.ts";

/** What the extension costs the extension host of a real editor: once, and on every key. */
export function benchEditor(): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const file = join(folder, "measured.json");
    const editor = await setUpEditor(() => undefined);
    const results = await runHostSuite(
      {
        name: "bench",
        extension: repositoryRoot,
        makeWorkspace: (workspace) => {
          makeRepository(workspace, { "typed.js": sourceText(1, 2000) });
          return Promise.resolve(workspace);
        },
      },
      editor,
      { SHIPGATE_BENCH_FILE: file },
    );
    if (results.failed.length > 0) throw new Error(JSON.stringify(results.failed));
    const { activationMs, keyMs } = JSON.parse(await readFile(file, "utf8")) as {
      activationMs: number | null;
      keyMs: number;
    };
    return [
      ...(activationMs === null
        ? []
        : [
            {
              what: "extension activation, as VS Code measures it",
              measured: activationMs,
              unit: "ms",
              budget: 100,
            } as const,
          ]),
      {
        what: "work per key in the extension host, median",
        measured: keyMs,
        unit: "ms",
        budget: 0.1,
      },
    ];
  });
}
