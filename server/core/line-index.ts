/** Lines and columns of offsets in one text; both count from 1, columns in UTF-16 units. */
export interface LineIndex {
  readonly lineAt: (offset: number) => number;
  readonly columnAt: (offset: number) => number;
}

/** Indexes a text once, so that each look-up takes logarithmic time. Lines end with LF or CRLF. */
export function indexLines(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const lineAt = (offset: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  return { lineAt, columnAt: (offset) => offset - (starts[lineAt(offset) - 1] ?? 0) + 1 };
}
