import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { DidSaveTextDocumentNotification } from "vscode-languageserver/node";

import { connect } from "../../test/lsp/connect.ts";
import { median, percentile, type Row, SERVER, withFolder } from "./measure.ts";
import { makeRepository, sourceText } from "./repositories.ts";

/** From the save of a file of 2,000 lines to its new diagnostics, through the server's own process. */
export function benchDiagnostics(rounds = 30): Promise<readonly Row[]> {
  return withFolder(async (root) => {
    makeRepository(root, {
      "package.json": '{ "name": "bench", "type": "module" }\n',
      "src/large.js": sourceText(1, 2000),
    });
    const file = join(root, "src/large.js");
    const uri = pathToFileURL(file).href;
    const command = [process.execPath, SERVER, "--stdio"] as const;
    const client = await connect({
      served: { mode: "spawn", command },
      folders: [pathToFileURL(root).href],
      options: { trusted: false },
    });
    try {
      await client.open(uri, sourceText(1, 2000));
      const times: number[] = [];
      for (let round = -3; round < rounds; round += 1) {
        const name = `not-declared-${round + 10}`;
        const isThere = () =>
          client.diagnostics
            .get(uri)
            ?.some(({ message }) => JSON.stringify(message).includes(name)) === true;
        writeFileSync(file, `import "${name}";\n${sourceText(round + 10, 1999)}`);
        const start = performance.now();
        await client.connection.sendNotification(DidSaveTextDocumentNotification.type, {
          textDocument: { uri },
        });
        await client.until(isThere);
        if (round >= 0) times.push(performance.now() - start);
        // A person's next save is not in the same breath.
        await sleep(400);
      }
      return [
        {
          what: "save to diagnostics, 2,000 lines, median",
          measured: median(times),
          unit: "ms",
          budget: null,
        },
        {
          what: "save to diagnostics, 2,000 lines, p95",
          measured: percentile(times, 95),
          unit: "ms",
          budget: 100,
        },
      ];
    } finally {
      await client.close();
    }
  });
}
