import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import { lineLocation } from "../location.ts";
import { printable } from "../printable.ts";
import { steersAgents } from "./agent-files.ts";
import { isOrdinaryFile, textAfter } from "./changed-text.ts";
import { type Check, finding } from "./check.ts";
import { isCode } from "./code-kinds.ts";

/** `policy/unreadable-source`: a source file of the change that is no text, so that no check has seen it. */
export const findUnreadableSources: Check = (input) =>
  input.change.files.flatMap((file) => {
    const { after } = file;
    if (after === null || !isOrdinaryFile(after) || textAfter(input, file) !== null) return [];
    const { path } = after;
    const isSource =
      isCode(path) || steersAgents(path) || ECOSYSTEMS.some((each) => each.isSource(path));
    if (!isSource) return [];
    return [
      finding({
        rule: "policy/unreadable-source",
        kind: "unproven",
        subject: path,
        message: `${printable(path)} is not readable text, or too large, so no check has seen it.`,
        location: lineLocation(path, 1),
      }),
    ];
  });
