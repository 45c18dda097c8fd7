import { z } from "zod";

/** Most events that are kept of one run; the keeper folds repetitions itself. */
const MOST_EVENTS = 10_000;
const LONGEST_LINE = 8192;

const KeeperEvent = z.discriminatedUnion("kind", [
  /** A name that was asked for, whatever server was asked. */
  z.object({
    kind: z.literal("lookup"),
    name: z.string().max(1024),
    /** Record type as DNS names it: `A`, `AAAA`, `TXT`, or `TYPE65` and the like. */
    type: z.string().max(20),
    /** Addresses that were answered; left out where the name was refused. */
    answers: z.array(z.string().max(64)).max(64).readonly().optional(),
    count: z.int().min(1).default(1),
  }),
  /** A packet that wanted to leave: the first of a TCP connection, a datagram, a ping. */
  z.object({
    kind: z.literal("packet"),
    protocol: z.enum(["tcp", "udp", "icmp"]),
    address: z.string().min(1).max(64),
    port: z.int().min(0).max(65_535).default(0),
    count: z.int().min(1).default(1),
  }),
]);

/** What the keeper saw on the wire of the box: one JSON object a line. */
export type KeeperEvent = z.infer<typeof KeeperEvent>;

/** Reads the keeper's lines. `garbled` counts those that are not its format: with any, the run proves nothing. */
export function readKeeperEvents(text: string): { events: KeeperEvent[]; garbled: number } {
  const events: KeeperEvent[] = [];
  let garbled = 0;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const event = line.length > LONGEST_LINE ? null : parseEvent(line);
    if (event === null || events.length >= MOST_EVENTS) garbled++;
    else events.push(event);
  }
  return { events, garbled };
}

function parseEvent(line: string): KeeperEvent | null {
  try {
    return KeeperEvent.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
