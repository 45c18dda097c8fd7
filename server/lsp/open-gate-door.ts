import { GateError } from "../engine/errors.ts";
import { connectTo, openGate, type WiredGate } from "../wire.ts";
import type { GateDoor, OpenGateDoor, SavedEdit } from "./gate-door.ts";

/** Opens the gate with the real adapters, and sweeps what killed processes left on the engine. */
export const openGateDoor: OpenGateDoor = async (directory, { log, engineHost }) => {
  const engineOption = engineHost === null ? {} : { engineHost };
  const gate = await openGate(directory, { log, ...engineOption });
  gate.ports.sandbox.sweep().then(
    (removed) => log.debug("Swept leftovers.", { removed }),
    (error: unknown) => log.debug("Could not sweep leftovers.", { reason: String(error) }),
  );
  return {
    session: gate.session,
    root: gate.ports.repository.root,
    watch: (listener) => gate.watch(listener),
    findEngineProblem: () => findEngineProblem(engineHost),
    recordEdit: (edit) => recordEdit(gate, edit),
    close: () => Promise.resolve(),
  };
};

async function findEngineProblem(
  engineHost: string | null,
): ReturnType<GateDoor["findEngineProblem"]> {
  try {
    await connectTo(engineHost ?? undefined);
    return null;
  } catch (error) {
    if (!GateError.is(error)) throw error;
    return { message: error.message, remedy: error.remedy };
  }
}

async function recordEdit({ ports }: WiredGate, edit: SavedEdit): Promise<void> {
  const { repository, journal, clock } = ports;
  const before = await repository.keepBlob(Buffer.from(edit.before));
  const after = await repository.keepBlob(Buffer.from(edit.after));
  const { path, attribution } = edit;
  const time = clock.now();
  const record = { path, before, after, time, attribution, origin: `editor:${path}:${after}` };
  await journal.append({ kind: "edit", edit: record });
}
