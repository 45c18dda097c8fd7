import { GateError } from "../engine/errors.ts";
import type { OpenGateDoor } from "./gate-door.ts";

/** Opens the gate with the real adapters. */
export const openGateDoor: OpenGateDoor = async () => {
  throw new GateError("engine-failed", "The gate's adapters are not part of this build yet.", {
    remedy: "Update Shipgate.",
  });
};
