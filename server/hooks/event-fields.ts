import type { AgentSession } from "../core/attribution.ts";
import { GateError } from "../engine/errors.ts";

/** Longest name that is kept of a session, a model or a call. */
const NAME_LENGTH = 512;

/** The fields of an event whose spelling differs between versions of an assistant. */
export interface EventFields {
  /** The first of these fields that is a text; null where none is. */
  readonly text: (...names: readonly string[]) => string | null;
  /** The same for a name, which is short and not empty. Throws GateError `bad-input` for one that is not. */
  readonly name: (...names: readonly string[]) => string | null;
  readonly get: (...names: readonly string[]) => unknown;
  /** Throws GateError `bad-input` where the value is null. */
  readonly need: <T>(what: string, value: T | null) => T;
}

/** Reads an event leniently: unknown fields are left alone. Throws GateError `bad-input` for what is no object. */
export function readFields(assistant: string, value: unknown): EventFields {
  const refuse = (what: string): GateError =>
    new GateError("bad-input", `The event is not one of ${assistant}: look at \`${what}\`.`, {
      remedy: `Update Shipgate and ${assistant}; the edit itself was not touched.`,
    });
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse("");
  const fields = new Map(Object.entries(value));
  const get: EventFields["get"] = (...names) => {
    for (const name of names) {
      const found: unknown = fields.get(name);
      if (found !== undefined && found !== null) return found;
    }
    return undefined;
  };
  return {
    get,
    text: (...names) => {
      const found = get(...names);
      return typeof found === "string" ? found : null;
    },
    name: (...names) => {
      const found = get(...names);
      if (found === undefined) return null;
      if (typeof found !== "string" || found === "" || found.length > NAME_LENGTH) {
        throw refuse(names[0] ?? "");
      }
      return found;
    },
    need: (what, found) => {
      if (found === null) throw refuse(what);
      return found;
    },
  };
}

/** A session with the model where it is told. */
export function sessionOf(agent: string, session: string, model: string | null): AgentSession {
  return { agent, session, ...(model !== null && { model }) };
}
