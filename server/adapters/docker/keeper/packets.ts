import { isIP } from "node:net";

/** Where a first packet wanted to go. */
export interface Attempt {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
}

/**
 * What tcpdump is asked for: whatever leaves for an address that is not loopback, but of TCP only
 * the opening packet, and nothing of our own answers (port 53, which the box cannot bind) and errors.
 */
export const PACKET_FILTER = [
  "(ip or ip6) and not dst net 127.0.0.0/8 and not dst host ::1 and not icmp and not icmp6",
  "and not (udp and src port 53)",
  "and not (ip and tcp and (tcp[tcpflags] & (tcp-syn|tcp-ack)) != tcp-syn)",
  "and not (ip6 and ip6[6] = 6 and (ip6[53] & 0x12) != 2)",
].join(" ");

/** Arguments of tcpdump for lines that `readPacket` reads. It reads hostile bytes, so it has a user of its own and no rights while it does. */
export const TCPDUMP = [
  "-i",
  "lo",
  "-s",
  "128",
  "--immediate-mode",
  "-n",
  "-q",
  "-t",
  "-l",
  "-Z",
  "watch",
  PACKET_FILTER,
];

const PACKET = /^IP6? \S{1,60} > ([0-9a-fA-F.:]{2,45})\.(\d{1,5}): (tcp|UDP)/;

/** Reads a line such as `IP 192.0.2.1.40112 > 192.0.2.1.443: tcp 0`; null where it is none. */
export function readPacket(line: string): Attempt | null {
  const [, address, port, protocol] = PACKET.exec(line) ?? [];
  if (address === undefined || isIP(address) === 0 || Number(port) > 65_535) return null;
  return { protocol: protocol === "tcp" ? "tcp" : "udp", address, port: Number(port) };
}
