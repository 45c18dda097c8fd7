import { randomUUID } from "node:crypto";

import type Docker from "dockerode";

import type { Isolation } from "../../core/run.ts";
import { attach, type Channel } from "./channel.ts";
import { boxOptions, keeperOptions, type PairSettings } from "./containers.ts";
import { type Engine, engineFailed } from "./engine.ts";
import { followEvents, type PairEvents } from "./events.ts";
import { createKeeperClient, type KeeperClient } from "./keeper-client.ts";
import { createLineReader } from "./keeper/protocol.ts";
import { readProgram } from "./programs.ts";
import { judgeSelfReport, readSelfReport, SELF_TEST_ADDRESS } from "./self-test.ts";
import { straceArguments } from "./strace.ts";

/** What a box prints goes to whoever runs in it at the moment. */
export interface BoxOutput {
  readonly onOutput: (piece: Buffer) => void;
  readonly onTrace: (piece: Buffer) => void;
}

/** A keeper and its box: started, proven, and waiting for a tree and a command. Serves one run. */
export interface Pair {
  readonly settings: PairSettings;
  readonly keeper: KeeperClient;
  readonly box: Channel;
  readonly events: PairEvents;
  /** What the box proved about itself. */
  readonly selfTest: Promise<Isolation["selfTest"]>;
  /** Settles when the keeper is gone, and everything with it. */
  readonly lost: Promise<string>;
  /** The same, if it has happened or happens in a moment; else null. */
  lossSoFar(): Promise<string | null>;
  readonly setOutput: (output: BoxOutput) => void;
  /** Ends everything; settles when the engine has removed both, or does not answer. */
  close(): Promise<void>;
}

/** Streams of one connection end one after the other, in milliseconds. */
const MOMENT = 500;

/** Marks the two containers of a pair. */
const PAIR = "dev.shipgate.pair";

/** How long an engine may take to remove a container that was ended, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Starts a keeper and a box that joins it. The box starts while the keeper takes the tree, which
 * the caller may send as soon as this returns. Throws GateError `engine-failed`.
 */
export async function openPair(engine: Engine, settings: PairSettings): Promise<Pair> {
  const id = randomUUID();
  const labelled = { ...settings, labels: { ...settings.labels, [PAIR]: id } };
  const parts: Parts = { containers: [], channels: [] };
  try {
    return await startPair(engine.docker, labelled, parts);
  } catch (error) {
    await discard(parts);
    throw engineFailed("could not start a box", error);
  }
}

/** What was made so far, to be taken away again whatever happens. */
interface Parts {
  readonly containers: Docker.Container[];
  readonly channels: Channel[];
  events?: PairEvents;
}

async function startPair(docker: Docker, settings: PairSettings, parts: Parts): Promise<Pair> {
  const [keeperProgram, launcher, probe] = await Promise.all([
    readProgram("keeper"),
    readProgram("launcher"),
    readProgram("node-probe"),
  ]);
  const following = followEvents(docker, `${PAIR}=${settings.labels[PAIR]}`);
  following.catch(() => undefined);
  const keeper = await docker.createContainer(
    keeperOptions(settings, { keeper: keeperProgram, probe }),
  );
  parts.containers.push(keeper);
  parts.events = await following;
  const client = createKeeperClient(() => keeperChannel);
  const keeperChannel = await attach(keeper, client.push, client.push);
  parts.channels.push(keeperChannel);
  const command = straceArguments(["node", "--no-warnings", "-e", launcher]);
  const [box] = await Promise.all([
    docker.createContainer(boxOptions(settings, keeper.id, command)),
    keeper.start(),
  ]);
  parts.containers.push(box);
  const outlet = createOutlet();
  const boxChannel = await attach(box, outlet.onOutput, outlet.onTrace);
  parts.channels.push(boxChannel);
  const started = box.start();
  const selfTest = testBox({ client, boxChannel, settings, report: outlet.report, started });
  selfTest.catch(() => undefined);
  const lost = lossOf(keeperChannel, client, parts.events);
  return {
    settings,
    keeper: client,
    box: boxChannel,
    events: parts.events,
    selfTest,
    lost,
    lossSoFar: () =>
      Promise.race([lost, new Promise<null>((resolve) => setTimeout(resolve, MOMENT, null))]),
    setOutput: outlet.setOutput,
    close: () => discard(parts),
  };
}

interface BoxUnderTest {
  readonly client: KeeperClient;
  readonly boxChannel: Channel;
  readonly settings: PairSettings;
  readonly report: Promise<string>;
  readonly started: Promise<unknown>;
}

/** Has the box try what must be denied, once the network leads nowhere, and judges what it tells. */
async function testBox(test: BoxUnderTest): Promise<Isolation["selfTest"]> {
  const { client, boxChannel, settings } = test;
  await Promise.all([client.ready, test.started]);
  await boxChannel.write(`${JSON.stringify(SELF_TEST_ADDRESS)}\n`);
  const ended = boxChannel.closed.then(() => {
    throw new Error("the box ended before it had tested itself");
  });
  const line = await Promise.race([test.report, ended]);
  const report = readSelfReport(line);
  return judgeSelfReport(report, settings.limits, await client.sawAttempt(SELF_TEST_ADDRESS));
}

/** The first line of a box's output is its report; the rest belongs to the run. */
function createOutlet(): BoxOutput & {
  readonly report: Promise<string>;
  readonly setOutput: (output: BoxOutput) => void;
} {
  const report = Promise.withResolvers<string>();
  report.promise.catch(() => undefined);
  let output: BoxOutput | null = null;
  let isReported = false;
  const lines = createLineReader((line) => {
    isReported = true;
    report.resolve(line);
  }, 10_000);
  return {
    report: report.promise,
    setOutput: (next) => {
      output = next;
    },
    onOutput: (piece) => {
      if (isReported) return output?.onOutput(piece);
      try {
        lines(piece);
      } catch (error) {
        report.reject(error);
      }
    },
    onTrace: (piece) => output?.onTrace(piece),
  };
}

/** Why nothing more is to be expected of a pair, in words. */
async function lossOf(keeper: Channel, client: KeeperClient, events: PairEvents): Promise<string> {
  const reason = await Promise.race([
    client.failed.then(({ message }) => message),
    keeper.closed.then(
      (error) => `the connection to the keeper ended${error ? ` (${error.message})` : ""}`,
    ),
    events.lost.then(() => "the engine's events ended"),
  ]);
  client.abandon(new Error(reason));
  return reason;
}

/**
 * The end of its input ends the keeper, and with it everything in its process namespace; the engine
 * then removes both containers and the workspace. Killing is for the case that this does not happen.
 */
async function discard({ containers, channels, events }: Parts): Promise<void> {
  for (const channel of channels) channel.destroy();
  const removed = containers.map((container) =>
    container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
      // 404: gone already; 409: being removed, which the event tells.
      if (error.statusCode !== 409) return;
      return Promise.race([events?.removed(container.id), events?.lost]);
    }),
  );
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE);
  });
  await Promise.race([Promise.all(removed), patience]);
  clearTimeout(timer);
  events?.stop();
}
