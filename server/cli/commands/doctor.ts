import { styleText } from "node:util";

import { printable } from "../../core/printable.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { type DoctorItem, examineMachine } from "../machine.ts";
import type { DoctorOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate doctor` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { strings, print, color } = invocation;
  const items = [...(await examineMachine(invocation))];
  const output: DoctorOutput = { schemaVersion: 1, items };
  const text = items.map((item) => describe(item, color)).join("");
  await print(strings["format"] === "json" ? reportJson(output) : text);
  return items.some(({ status }) => status === "missing") ? 1 : 0;
}

function describe({ name, status, detail, remedy }: DoctorItem, color: boolean): string {
  const shades = { good: "green", warning: "yellow", missing: "red" } as const;
  const mark = { good: "✓", warning: "!", missing: "✗" }[status];
  const shown = color ? styleText(shades[status], mark, { validateStream: false }) : mark;
  const advice = remedy === null ? "" : `    → ${printable(remedy, 2000)}\n`;
  return `${shown} ${name.padEnd(10)}  ${printable(detail, 1000)}\n${advice}`;
}
