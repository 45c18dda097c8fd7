/** What the status bar says to a screen reader, taken apart. */
export interface TrustLabel {
  readonly score: number;
  readonly grade: string;
  /** `fails`, `unproven`, `running in the sandbox`, … */
  readonly state: string;
}

/** Reads the label of Shipgate's status bar item; null while there is no score in it. */
export function readTrustLabel(label: string): TrustLabel | null {
  const found = /trust score (\d+) of 100, grade ([A-F]), ([^.]+)\./u.exec(label);
  const [, score, grade, state] = found ?? [];
  if (score === undefined || grade === undefined || state === undefined) return null;
  return { score: Number(score), grade, state };
}

/** Whether the label is an answer, not a promise of one. */
export function isSettled({ state }: TrustLabel): boolean {
  return state !== "being judged" && state !== "running in the sandbox";
}
