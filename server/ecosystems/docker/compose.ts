import type { Packages } from "../ecosystem.ts";
import { at, entriesOf, parseYamlLocated, stringOf } from "../located.ts";
import { readSafely } from "../reading.ts";
import { imageDraft } from "./image-name.ts";

/** Reads the images of a Compose file's services; `${NAME:-default}` counts with its default. */
export function readCompose(text: string): Packages {
  return readSafely("docker", text, { exact: false }, (collector) => {
    for (const [, service] of entriesOf(at(parseYamlLocated(text), "services"))) {
      const image = at(service, "image");
      const reference = stringOf(image)?.replaceAll(/\$\{\w{1,100}:?-([^}]{0,300})\}/g, "$1");
      if (reference === undefined) continue;
      const draft = imageDraft(reference, image.line);
      if (draft) collector.add(draft);
      else
        collector.mistake(
          `"${reference}" is not an image, or has a variable without a default.`,
          image.line,
        );
    }
  });
}
