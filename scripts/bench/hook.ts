import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeSample } from "../sample.ts";
import {
  CLI,
  median,
  percentile,
  type ProcessCost,
  type Row,
  runNode,
  withFolder,
} from "./measure.ts";

/** The answer to an assistant's edit, by the bundle, in turn with a Node that does nothing. */
export function benchHook(rounds = 20): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const hook = [process.execPath, CLI, "hook", "claude-code"];
    const { root, sessionId } = await makeSample(join(folder, "orders"), { hook });
    const answers: ProcessCost[] = [];
    const bare: ProcessCost[] = [];
    for (let round = -2; round < rounds; round += 1) {
      bare.push(await runNode(["-e", "0"]));
      const file = join(root, "src/export.ts");
      const call = {
        session_id: sessionId,
        cwd: root,
        tool_name: "Write",
        tool_use_id: `t${round}`,
      };
      const content = `import { stringify } from "csv-stringify";\nexport const n = ${round};\n`;
      const input = { ...call, tool_input: { file_path: file, content } };
      await runNode(hook.slice(1), JSON.stringify({ ...input, hook_event_name: "PreToolUse" }));
      writeFileSync(file, content);
      const event = JSON.stringify({ ...input, hook_event_name: "PostToolUse", tool_response: {} });
      const answer = await runNode(hook.slice(1), event);
      if (answer.code !== 0) throw new Error(`The hook ended with ${answer.code}.`);
      if (round >= 0) answers.push(answer);
    }
    const wall = answers.map(({ wallMs }) => wallMs);
    const idle = bare.slice(2);
    const own = median(answers.map(({ cpuMs }) => cpuMs)) - median(idle.map(({ cpuMs }) => cpuMs));
    return [
      { what: "hook answer, median", measured: median(wall), unit: "ms", budget: null },
      { what: "hook answer, p95", measured: percentile(wall, 95), unit: "ms", budget: 300 },
      {
        what: "of it our own code (processor time over that of an empty Node), median",
        measured: own,
        unit: "ms",
        budget: 100,
      },
      {
        what: "of it starting Node at all, median",
        measured: median(idle.map(({ wallMs }) => wallMs)),
        unit: "ms",
        budget: null,
      },
    ];
  });
}
