import { z } from "zod";

import type { Channel } from "./channel.ts";
import {
  createLineReader,
  FRAME,
  type KeeperMessage,
  LONGEST_FRAME,
  LONGEST_LINE,
  MOST_PROBE,
  packFrame,
  PROBE_PIECE,
} from "./keeper/protocol.ts";

type Seen = Extract<KeeperMessage, { readonly count: number }>;
type Change = Extract<KeeperMessage, { readonly kind: "change" }>;

/** What the keeper saw, as far as it has told. */
export interface KeeperReport {
  readonly attempts: readonly Extract<Seen, { readonly kind: "packet" }>[];
  readonly lookups: readonly Extract<Seen, { readonly kind: "lookup" }>[];
  readonly changes: readonly Change[];
  /** What the language probe wrote, as it stands in its file. */
  readonly probe: string;
  /** Whether it wrote more than is told. */
  readonly probeWasCut: boolean;
  /** Things that it saw beyond the number that it tells. */
  readonly dropped: number;
}

/** A keeper, seen from its client. */
export interface KeeperClient {
  /** Takes a piece of its output. */
  readonly push: (piece: Buffer) => void;
  /** Settles when the network leads nowhere and is watched. */
  readonly ready: Promise<void>;
  /** Streams a workspace; gives the number of files that the keeper found afterwards. */
  load(tar: AsyncIterable<Buffer>): Promise<number>;
  /** Asks for everything that it saw; the box must have ended. */
  compare(): Promise<KeeperReport>;
  /** What it told so far. */
  report(): KeeperReport;
  /** Whether it saw an attempt to reach an address, now or in a moment. */
  sawAttempt(to: { readonly address: string; readonly port: number }): Promise<boolean>;
  /** Settles when the keeper itself says that it cannot go on. */
  readonly failed: Promise<Error>;
  /** Ends all waiting with an error: the keeper is gone. */
  abandon(error: Error): void;
}

/** How long a packet may take from the wire to the keeper's word, in milliseconds. */
const PATIENCE = 3000;

const count = z.int().min(0).max(1e15);
const text = z.string().max(LONGEST_LINE);

/** The keeper is trusted, but its words pass through an engine that may be far. */
const Message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("loaded"), files: count }),
  z.object({
    kind: z.literal("packet"),
    protocol: z.enum(["tcp", "udp"]),
    address: z.union([z.ipv4(), z.ipv6()]),
    port: z.int().min(0).max(65_535),
    count,
  }),
  z.object({ kind: z.literal("lookup"), name: text, type: text, count }),
  z.object({
    kind: z.literal("change"),
    operation: z.enum(["added", "modified", "deleted"]),
    path: text,
    type: z.enum(["file", "link", "special"]),
  }),
  z.object({ kind: z.literal("probe"), piece: z.base64().max(PROBE_PIECE * 2) }),
  z.object({ kind: z.literal("compared"), changes: count, dropped: count }),
  z.object({ kind: z.literal("failed"), reason: text }),
]) satisfies z.ZodType<KeeperMessage>;

/** Reads one line of a keeper. Throws where it is none. */
export function readKeeperMessage(line: string): KeeperMessage {
  return Message.parse(JSON.parse(line));
}

/** Talks to a keeper over its attached streams. */
export function createKeeperClient(channel: () => Channel): KeeperClient {
  const seen = new Map<string, Seen>();
  const changes: Change[] = [];
  const probe: Buffer[] = [];
  const ready = Promise.withResolvers<void>();
  const loaded = Promise.withResolvers<number>();
  const compared = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<Error>();
  let onSeen: () => void = () => undefined;
  let dropped = 0;
  const report = (): KeeperReport => {
    const reports = Buffer.concat(probe);
    return {
      attempts: [...seen.values()].filter((one) => one.kind === "packet"),
      lookups: [...seen.values()].filter((one) => one.kind === "lookup"),
      changes,
      probe: reports.subarray(0, MOST_PROBE).toString("utf8"),
      probeWasCut: reports.length >= MOST_PROBE,
      dropped,
    };
  };
  const abandon = (error: Error): void => {
    failed.resolve(error);
    for (const promise of [ready, loaded, compared]) promise.reject(error);
  };
  // Whoever waits for one of them hears of it there; nobody has to wait for all.
  for (const { promise } of [ready, loaded, compared]) promise.catch(() => undefined);
  const onMessage = (message: KeeperMessage): void => {
    switch (message.kind) {
      case "ready":
        return ready.resolve();
      case "loaded":
        return loaded.resolve(message.files);
      case "packet":
      case "lookup":
        seen.set(JSON.stringify({ ...message, count: 0 }), message);
        onSeen();
        return;
      case "change":
        changes.push(message);
        return;
      case "probe":
        probe.push(Buffer.from(message.piece, "base64"));
        return;
      case "compared":
        dropped = message.dropped;
        return compared.resolve(message.changes);
      case "failed":
        return abandon(new Error(message.reason));
    }
  };
  const lines = createLineReader((line) => onMessage(readKeeperMessage(line)), LONGEST_LINE);
  return {
    push: (piece) => {
      try {
        lines(piece);
      } catch (error) {
        abandon(new Error("the keeper sent a message that is none", { cause: error }));
      }
    },
    ready: ready.promise,
    report,
    abandon,
    failed: failed.promise,
    sawAttempt: async ({ address, port }) => {
      const isThere = (): boolean =>
        report().attempts.some((one) => one.address === address && one.port === port);
      const giveUp = AbortSignal.timeout(PATIENCE);
      while (!isThere() && !giveUp.aborted) {
        await new Promise<void>((resolve) => {
          onSeen = resolve;
          giveUp.addEventListener("abort", () => resolve(), { once: true });
        });
      }
      return isThere();
    },
    load: async (tar) => {
      for await (const piece of tar) await sendPiece(channel(), piece);
      await channel().write(packFrame(FRAME.treeEnd));
      return loaded.promise;
    },
    compare: async () => {
      await channel().write(packFrame(FRAME.compare));
      await compared.promise;
      return report();
    },
  };
}

async function sendPiece(channel: Channel, piece: Buffer): Promise<void> {
  for (let at = 0; at < piece.length; at += LONGEST_FRAME) {
    await channel.write(packFrame(FRAME.treePiece, piece.subarray(at, at + LONGEST_FRAME)));
  }
}
