/** An address in the form in which it is compared: IPv4 in IPv6 unwrapped, no zone, lower case. */
export function plainAddress(address: string): string {
  const bare = address
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "")
    .toLowerCase();
  return /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(bare)?.[1] ?? bare;
}

/** Whether an address is the box itself: loopback, or the unspecified address that connects to it. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === "::1" || plain === "::" || plain === "0.0.0.0" || plain.startsWith("127.");
}
