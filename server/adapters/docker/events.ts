import type { Readable } from "node:stream";

import type Docker from "dockerode";
import { z } from "zod";

import { createLineReader, LONGEST_LINE } from "./keeper/protocol.ts";

/** What the engine tells of the containers of one pair. */
export interface PairEvents {
  /** Settles when a container died. */
  died(id: string): Promise<void>;
  /** Settles when a container is gone from the engine. */
  removed(id: string): Promise<void>;
  /** Whether the kernel ended something in a container for want of memory. */
  ranOutOfMemory(id: string): boolean;
  /** Settles when the engine tells no more, because it or the way to it ended. */
  readonly lost: Promise<void>;
  stop(): void;
}

const EngineEvent = z.object({ Action: z.string(), Actor: z.object({ ID: z.string() }) });

/**
 * Follows containers by a label. Their own state cannot be asked for afterwards: they are removed
 * when they end, and the reason with them.
 */
export async function followEvents(docker: Docker, label: string): Promise<PairEvents> {
  const seen = new Set<string>();
  const waiting = new Map<string, () => void>();
  const stream = (await docker.getEvents({
    filters: { type: ["container"], label: [label], event: ["oom", "die", "destroy"] },
  })) as unknown as Readable;
  const lost = new Promise<void>((resolve) => {
    for (const name of ["end", "close", "error"]) stream.on(name, () => resolve());
  });
  const note = (key: string): void => {
    seen.add(key);
    waiting.get(key)?.();
  };
  stream.on(
    "data",
    createLineReader((line) => {
      const event = readEvent(line);
      if (event) note(`${event.Action} ${event.Actor.ID}`);
    }, LONGEST_LINE * 4),
  );
  const once = (key: string): Promise<void> => {
    if (seen.has(key)) return Promise.resolve();
    return new Promise((resolve) => waiting.set(key, resolve));
  };
  return {
    died: (id) => once(`die ${id}`),
    removed: (id) => once(`destroy ${id}`),
    ranOutOfMemory: (id) => seen.has(`oom ${id}`),
    lost,
    stop: () => stream.destroy(),
  };
}

function readEvent(line: string): z.infer<typeof EngineEvent> | null {
  try {
    return EngineEvent.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
