import { DockerfileParser } from "dockerfile-ast";

import type { Packages } from "../ecosystem.ts";
import { SyntaxMistake } from "../located.ts";
import { readSafely } from "../reading.ts";
import { imageDraft } from "./image-name.ts";

/** Longest chain of build arguments that refer to build arguments. */
const DEEPEST = 8;
/** Largest Dockerfile and longest line of one, in UTF-16 units. */
const LARGEST = 1024 * 1024;
const LONGEST_LINE = 8192;

/**
 * Reads the images of a Dockerfile: `FROM`, `COPY --from` and `RUN --mount=from=`, with the defaults
 * of build arguments filled in. Stages of the same file and `scratch` are no images.
 */
export function readDockerfile(text: string): Packages {
  return readSafely("docker", text, { exact: false }, (collector) => {
    refuseFloods(text);
    const file = DockerfileParser.parse(text);
    const args = new Map<string, string>();
    for (const arg of file.getInitialARGs()) {
      const property = arg.getProperty();
      if (property) args.set(property.getName(), property.getValue() ?? "");
    }
    const stages = new Set<string>();
    const add = (reference: string, line: number): void => {
      const image = fillIn(reference, args);
      if (image === "scratch" || stages.has(image.toLowerCase()) || /^\d+$/.test(image)) return;
      const draft = imageDraft(image, line);
      if (draft) collector.add(draft);
      else
        collector.mistake(
          `"${reference}" is not an image, or has a build argument without a default.`,
          line,
        );
    };
    for (const instruction of file.getInstructions()) {
      const line = instruction.getRange().start.line + 1;
      const words = instruction.getArguments().map((argument) => argument.getValue());
      const keyword = instruction.getKeyword();
      if (keyword === "FROM") {
        const [image, as, stage] = words.filter((word) => !word.startsWith("--"));
        if (image === undefined) collector.mistake("FROM needs an image.", line);
        else add(image, line);
        if (as?.toLowerCase() === "as" && stage) stages.add(stage.toLowerCase());
      }
      for (const source of sourcesOf(keyword, instruction.toString())) add(source, line);
    }
  });
}

/** The parser takes time that grows with the square of a line's length. */
function refuseFloods(text: string): void {
  if (text.length > LARGEST) throw new SyntaxMistake("The Dockerfile is larger than 1 MiB.", 1);
  for (const [index, line] of text.split("\n").entries()) {
    if (line.length > LONGEST_LINE) throw new SyntaxMistake("The line is too long.", index + 1);
  }
}

function sourcesOf(keyword: string, instruction: string): readonly string[] {
  if (keyword === "COPY")
    return [...instruction.matchAll(/--from=(\S{1,500})/g)].map((m) => m[1] ?? "");
  if (keyword !== "RUN") return [];
  return [...instruction.matchAll(/--mount=\S{0,500}?\bfrom=([^\s,]{1,500})/g)].map(
    (m) => m[1] ?? "",
  );
}

function fillIn(reference: string, args: ReadonlyMap<string, string>): string {
  let text = reference;
  for (let depth = 0; depth < DEEPEST && text.includes("$") && text.length < 1000; depth += 1) {
    text = text.replaceAll(
      /\$(?:\{(\w{1,100})(?::-([^}]{0,300}))?\}|(\w{1,100}))/g,
      (_whole, braced?: string, fallback?: string, plain?: string) =>
        args.get(braced ?? plain ?? "") || (fallback ?? ""),
    );
  }
  return text;
}
