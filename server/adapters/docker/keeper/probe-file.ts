import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  openSync,
  readSync,
  writeFileSync,
} from "node:fs";

import { MOST_PROBE, PROBE_PIECE, PROBE_PROGRAM, PROBE_REPORTS } from "./protocol.ts";

/**
 * Puts the probe where the box can read it, and beside it a file that the box can append to and not
 * read. The folder is the keeper's own: the box can neither add to it nor put a link there.
 */
export function placeProbe(program: string): void {
  writeFileSync(PROBE_PROGRAM, program, { flag: "wx" });
  chmodSync(PROBE_PROGRAM, 0o444);
  const reports = openSync(PROBE_REPORTS, constants.O_CREAT | constants.O_EXCL, 0o600);
  // The mode of a new file is cut by the umask.
  fchmodSync(reports, 0o622);
  closeSync(reports);
}

/** What the probe said, as far as it is told, in pieces. */
export function* readReports(): Generator<string> {
  const file = openSync(PROBE_REPORTS, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const piece = Buffer.alloc(PROBE_PIECE);
    for (let told = 0; told < MOST_PROBE;) {
      const read = readSync(file, piece);
      if (read === 0) return;
      told += read;
      yield piece.subarray(0, read).toString("base64");
    }
  } finally {
    closeSync(file);
  }
}
