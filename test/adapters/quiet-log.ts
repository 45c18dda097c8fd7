import type { Log } from "../../server/engine/ports.ts";

/** A log that keeps nothing. */
export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
