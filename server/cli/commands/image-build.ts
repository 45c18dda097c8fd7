import { connectEngine } from "../../adapters/docker/engine.ts";
import { buildImage } from "../../adapters/images/build.ts";
import { printable } from "../../core/printable.ts";
import type { ExitCode, Invocation } from "../command.ts";
import { describeRecord, imageLines } from "../images.ts";
import type { ImageBuildOutput } from "../output.ts";
import { reportJson } from "../reporters/json.ts";

/** `shipgate image build RECIPE` */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const { operands, strings, print, progress, signal } = invocation;
  const { docker: engine } = await connectEngine();
  const record = await buildImage(operands[0] ?? "", { engine, progress, signal });
  const image = describeRecord(record);
  const output: ImageBuildOutput = { schemaVersion: 1, image };
  const lines = imageLines(image).map((line) => `${printable(line)}\n`);
  await print(strings["format"] === "json" ? reportJson(output) : lines.join(""));
  return image.faults.length === 0 ? 0 : 1;
}
