import type { URI } from "vscode-languageserver/node";
import { z } from "zod";

import { type Attribution, UNKNOWN } from "../core/attribution.ts";
import type { EditObserved } from "../protocol.ts";
import { normalized } from "./uris.ts";

const Count = z.number().int().min(0).max(1e9);
const Observed = z
  .array(
    z.object({
      uri: z.string().max(8192),
      typed: Count,
      undone: Count,
      redone: Count,
      other: Count,
    }),
  )
  .max(10_000);

type Counts = Omit<EditObserved, "uri">;

/** How each document was changed since it was last saved, as the editor tells it. */
export class EditorEdits {
  readonly #counts = new Map<URI, Counts>();

  /** Adds a report of the client's; one that is not of the right form is left out. */
  observe(given: unknown): void {
    const parsed = Observed.safeParse(given);
    if (!parsed.success) return;
    for (const { uri, ...counts } of parsed.data) {
      const before = this.#counts.get(normalized(uri));
      this.#counts.set(normalized(uri), before === undefined ? counts : sum(before, counts));
    }
  }

  /** Who wrote what is being saved; what was counted is forgotten. */
  take(uri: URI): Attribution {
    const counts = this.#counts.get(normalized(uri));
    this.#counts.delete(normalized(uri));
    return attributionOf(counts);
  }

  forget(uri: URI): void {
    this.#counts.delete(normalized(uri));
  }
}

/**
 * A person, likely, where everything that changed was typed or pasted. Undo and redo bring back text
 * that anybody may have written, and every other change can be an assistant's: those stay unknown.
 */
export function attributionOf(counts: Counts | undefined): Attribution {
  if (counts === undefined || counts.typed === 0) return UNKNOWN;
  if (counts.undone + counts.redone + counts.other > 0) return UNKNOWN;
  return { kind: "human", source: "editor", confidence: "likely" };
}

function sum(a: Counts, b: Counts): Counts {
  return {
    typed: a.typed + b.typed,
    undone: a.undone + b.undone,
    redone: a.redone + b.redone,
    other: a.other + b.other,
  };
}
