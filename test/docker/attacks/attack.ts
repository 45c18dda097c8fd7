import type { Limits, RunEnd } from "../../../server/core/run.ts";

/** One attempt of hostile code in a box. It prints `ESCAPED` when it got what it wanted. */
export interface Attack {
  readonly name: string;
  readonly family: string;
  readonly language: "shell" | "Node" | "C";
  /** The program's text; of C the name of a function in `attacks.c`. */
  readonly code: string;
  /** What stops it, in words for the threat model. */
  readonly stoppedBy: string;
  /** What it must print, so that it is known to have been tried. */
  readonly says: RegExp;
  /** What the record must tell of it: `connect ADDRESS:PORT`, `lookup NAME`, `process START`, `file OPERATION PATH`. */
  readonly seen?: string;
  /** Set where it needs a box of its own: how the run may end. Never as if nothing had been. */
  readonly alone?: {
    readonly ends: readonly RunEnd["reason"][];
    readonly limits?: Partial<Limits>;
  };
}
