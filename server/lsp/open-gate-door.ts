import { realpath } from "node:fs/promises";
import { relative, sep } from "node:path";

import { GateError } from "../engine/errors.ts";
import type { Log } from "../engine/ports.ts";
import { connectTo, openGate, type WiredGate } from "../wire.ts";
import type { GateDoor, OpenGateDoor, SavedEdit } from "./gate-door.ts";

/** Base and head are run side by side: so many pairs are kept ready while someone works. */
const READY = 2;

/** Opens the gate with the real adapters, and sweeps what killed processes left on the engine where the workspace is trusted. */
export const openGateDoor: OpenGateDoor = async (directory, { log, engineHost, trusted }) => {
  const engineOption = engineHost === null ? {} : { engineHost };
  const gate = await openGate(directory, { log, ...engineOption, keepReady: READY });
  if (trusted) sweep(gate, log);
  let engineFound = false;
  return {
    session: gate.session,
    root: rootAsSeen(directory, await realpath(directory), gate.ports.repository.root),
    watch: (listener) => gate.watch(listener),
    async findEngineProblem() {
      const problem = engineFound ? null : await findEngineProblem(engineHost);
      engineFound = problem === null;
      return problem;
    },
    recordEdit: (edit) => recordEdit(gate, edit),
    pastVerdicts: (branch) => pastVerdicts(gate, branch),
    async readText(blob, signal) {
      const texts = await gate.ports.repository.readTexts([blob], signal);
      return texts.get(blob) ?? null;
    },
    close: () => gate.close(),
  };
};

function sweep({ ports }: WiredGate, log: Log): void {
  ports.sandbox.sweep().then(
    (removed) => log.debug("Swept leftovers.", { removed }),
    (error: unknown) => log.debug("Could not sweep leftovers.", { reason: String(error) }),
  );
}

/**
 * The repository's root as the path that the client opened leads to it: git names it with links
 * resolved, and diagnostics under another spelling would belong to no open document.
 */
export function rootAsSeen(directory: string, real: string, root: string): string {
  const inside = relative(root, real);
  if (inside === "") return directory;
  return directory.endsWith(sep + inside) ? directory.slice(0, -inside.length - 1) : root;
}

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

async function pastVerdicts(
  { ports }: WiredGate,
  branch: string | null,
): ReturnType<GateDoor["pastVerdicts"]> {
  if (branch === null) return [];
  return (await ports.journal.read()).flatMap(({ entry: { time, body } }) =>
    body.kind === "verdict" && body.branch === branch
      ? [{ time, status: body.status, score: body.score }]
      : [],
  );
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
