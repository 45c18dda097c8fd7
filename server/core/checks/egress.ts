import { plainAddress } from "../observe/addresses.ts";

/**
 * Whether a host (a name or an address) is one that the policy lets a run try to reach. Entries are
 * `example.com`, `*.example.com` (any depth, not the name itself), an address, each with or without
 * `:port`. A name that is only looked up has no port.
 */
export function isAllowedEgress(
  entries: readonly string[],
  host: string,
  port: number | null,
): boolean {
  const wanted = plainAddress(host.replace(/\.$/, ""));
  return entries.some((entry) => {
    const { name, allowedPort } = readEntry(entry);
    if (allowedPort !== null && port !== null && allowedPort !== port) return false;
    if (!name.startsWith("*.")) return plainAddress(name) === wanted;
    return wanted.endsWith(name.slice(1)) && wanted.length > name.length - 1;
  });
}

function readEntry(entry: string): { name: string; allowedPort: number | null } {
  const text = entry.trim().toLowerCase().replace(/\.$/, "");
  const bracketed = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) {
    return { name: bracketed[1] ?? "", allowedPort: portOf(bracketed[2]) };
  }
  // More than one colon is an IPv6 address without brackets.
  const parts = text.split(":");
  if (parts.length !== 2) return { name: text, allowedPort: null };
  return { name: parts[0] ?? "", allowedPort: portOf(parts[1]) };
}

function portOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
