import { homedir } from "node:os";

import { findAssistants } from "../adapters/assistants/connect.ts";
import { connectEngine, describeAddress, type Engine } from "../adapters/docker/engine.ts";
import { createDockerSandbox } from "../adapters/docker/sandbox.ts";
import { readGit } from "../adapters/git/process.ts";
import { openRepository } from "../adapters/git/repository.ts";
import { findImage } from "../adapters/images/build.ts";
import { openJournal } from "../adapters/ledger/journal.ts";
import { GateError } from "../engine/errors.ts";
import type { Invocation } from "./command.ts";
import { verifyJournal } from "./commands/journal-verify.ts";
import { describeIsolation } from "./reporters/words.ts";

/** One thing that Shipgate needs, and how it stands with it on this machine. */
export interface DoctorItem {
  readonly name: string;
  readonly status: "good" | "warning" | "missing";
  readonly detail: string;
  /** What to do next; null where nothing is to be done. */
  readonly remedy: string | null;
}

/** Images without which nothing of a Node project runs. */
const NEEDED_IMAGES = ["keeper", "node-24", "node-24-dev"];
const OLDEST_NODE = 22;

type Needs = Pick<Invocation, "dir" | "log" | "progress" | "signal">;

/** Looks at everything that Shipgate needs. What is wrong becomes an item, never an error. */
export async function examineMachine(needs: Needs): Promise<readonly DoctorItem[]> {
  const items = [examineNode(), await examineGit(needs)];
  if (items.at(-1)?.status === "good") items.push(...(await examineRepository(needs)));
  items.push(...(await examineAssistants(needs)));
  needs.progress("Looking for a container engine");
  const engine = await connectEngine().catch((error: unknown) => itemOf("engine", error));
  if ("status" in engine) return [...items, engine];
  const found = `${engine.name}, at ${describeAddress(engine.address)} (${engine.from})`;
  items.push(good("engine", found), await examineImages(engine, needs));
  if (items.at(-1)?.status === "good") items.push(await examineSandbox(needs));
  return items;
}

function examineNode(): DoctorItem {
  const isNew = Number(process.versions.node.split(".")[0]) >= OLDEST_NODE;
  return {
    name: "node",
    status: isNew ? "good" : "missing",
    detail: process.version,
    remedy: isNew ? null : `Install Node ${OLDEST_NODE} or newer.`,
  };
}

async function examineGit({ dir, signal }: Needs): Promise<DoctorItem> {
  try {
    const version = await readGit({ directory: dir }, ["--version"], { signal });
    return good("git", version.trim());
  } catch (error) {
    return itemOf("git", error);
  }
}

async function examineRepository({ dir, log }: Needs): Promise<readonly DoctorItem[]> {
  try {
    const { root } = await openRepository(dir, { log });
    const { whole, entries, problem } = await verifyJournal(dir, log);
    return [
      good("repository", root),
      whole
        ? good("journal", `whole, ${entries} recorded`)
        : {
            name: "journal",
            status: "missing",
            detail: problem ?? "broken",
            remedy: "See `shipgate journal verify`.",
          },
    ];
  } catch (error) {
    return [{ ...itemOf("repository", error), status: "warning" }];
  }
}

/** Which assistants are here, which of them report their edits, and when each was last heard in this repository. */
async function examineAssistants({ dir, log }: Needs): Promise<readonly DoctorItem[]> {
  const found = await findAssistants({ home: homedir(), environment: process.env });
  const heard = await lastHeard(dir, log).catch(() => new Map<string, string>());
  return found.flatMap(({ assistant, isFound, isConnected }): DoctorItem[] => {
    const { name, dialect } = assistant;
    const times = [name, dialect].flatMap((agent) => heard.get(agent) ?? []);
    const last = times.toSorted().at(-1);
    const when = last === undefined ? "never heard here" : `last heard here ${last}`;
    if (isConnected || last !== undefined) {
      return [good(name, `${isConnected ? "connected" : "connected elsewhere"}, ${when}`)];
    }
    if (!isFound) return [];
    const remedy = `Its edits have no author until you run \`shipgate connect ${name}\`.`;
    return [{ name, status: "warning", detail: "found, not connected", remedy }];
  });
}

/** When each assistant was last heard, by its name in the journal. */
async function lastHeard(dir: string, log: Needs["log"]): Promise<ReadonlyMap<string, string>> {
  const { stateDir } = await openRepository(dir, { log });
  const clock = { now: () => new Date().toISOString() };
  const heard = new Map<string, string>();
  for (const { entry } of await openJournal(stateDir, { clock, log }).read()) {
    const { body, time } = entry;
    if (body.kind === "session") heard.set(body.agent, time);
    if (body.kind === "edit" && body.edit.attribution.kind === "ai") {
      heard.set(body.edit.attribution.by.agent, time);
    }
  }
  return heard;
}

async function examineImages(engine: Engine, { progress, signal }: Needs): Promise<DoctorItem> {
  const missing: string[] = [];
  try {
    for (const recipe of NEEDED_IMAGES) {
      const image = await findImage(recipe, { engine: engine.docker, progress, signal });
      if (image === null) missing.push(recipe);
    }
  } catch (error) {
    return itemOf("images", error);
  }
  if (missing.length === 0) return good("images", NEEDED_IMAGES.join(", "));
  return {
    name: "images",
    status: "missing",
    detail: `not built yet: ${missing.join(", ")}`,
    remedy: `They are built when they are first needed, or now: ${missing.map((recipe) => `\`shipgate image build ${recipe}\``).join(", ")}.`,
  };
}

async function examineSandbox({ log, progress, signal }: Needs): Promise<DoctorItem> {
  progress("Trying to get out of a box");
  const clock = { now: () => new Date().toISOString() };
  try {
    const isolation = await createDockerSandbox({ clock, log }).probe(signal);
    const isProven = Object.values(isolation.selfTest).every(Boolean);
    return {
      name: "sandbox",
      status: isProven ? "good" : "missing",
      detail: describeIsolation(isolation),
      remedy: isProven
        ? null
        : "Runs on this engine stay unproven: use an engine that applies what is asked of it.",
    };
  } catch (error) {
    return itemOf("sandbox", error);
  }
}

function good(name: string, detail: string): DoctorItem {
  return { name, status: "good", detail, remedy: null };
}

function itemOf(name: string, error: unknown): DoctorItem {
  if (!GateError.is(error) || error.code === "cancelled") throw error;
  return { name, status: "missing", detail: error.message, remedy: error.remedy };
}
