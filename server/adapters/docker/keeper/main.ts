import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { writeSync } from "node:fs";
import { createServer } from "node:net";

import { denyQuestion, readQuestion } from "./names.ts";
import { type Attempt, readPacket, TCPDUMP } from "./packets.ts";
import { placeProbe, readReports } from "./probe-file.ts";
import {
  createFrameReader,
  createLineReader,
  FRAME,
  type KeeperMessage,
  LONGEST_LINE,
  MOST_LINES,
  WORKSPACE,
} from "./protocol.ts";
import { compareTrees, readTree, type Tree } from "./tree.ts";

/**
 * Our own packets: they prove that the watch works, and that all before them was seen. What the box
 * sends there is left to the trace.
 */
const PROBE = { address: "192.0.2.254", port: 9, againMs: 200 } as const;

/** Every address is this machine's own: nothing leaves, everything can be seen, and is refused at once. */
const ROUTES = ["0.0.0.0/0", "::/0"].map((all) => `route add local ${all} dev lo\n`).join("");

const seen = new Map<string, Extract<KeeperMessage, { readonly count: number }>>();
let dropped = 0;
let awaitProbe: () => void = () => undefined;
let before: Tree = new Map();

/**
 * The keeper: owns the network that leads nowhere, the process namespace and the workspace. It
 * trusts its client and nothing else, and ends with it: the end of its input is the end of all.
 */
async function keep(): Promise<void> {
  // A client that lost its machine closes nothing: nobody needs a pair for longer than this.
  setTimeout(() => process.exit(0), Number(process.argv.at(-1))).unref();
  process.stdin.on("data", createFrameReader(onFrame));
  process.stdin.on("end", () => process.exit(0));
  process.on("SIGTERM", () => process.exit(0));
  placeProbe(process.argv.at(-2) ?? "");
  const watching = watchPackets();
  execFileSync("ip", ["-batch", "-"], { input: ROUTES });
  await Promise.all([answerNames(), watching]);
  await probe();
  say({ kind: "ready" });
}

const extractor = (): ReturnType<typeof spawn> => {
  const tar = spawn("tar", ["-x", "-f", "-", "-C", WORKSPACE, "--numeric-owner"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let complaint = "";
  tar.stderr?.on("data", (piece: Buffer) => {
    complaint = (complaint + piece.toString("utf8")).slice(0, 500);
  });
  tar.on("error", (error) => fail(`tar did not start: ${error.message}`));
  // A tar that ended early is told by its exit, not by the pipe.
  tar.stdin?.on("error", () => undefined);
  tar.on("close", (code) => {
    if (code !== 0) fail(`the workspace could not be unpacked: ${complaint.trim()}`);
    before = readTree(WORKSPACE);
    say({ kind: "loaded", files: before.size });
  });
  return tar;
};
let tar: ReturnType<typeof spawn> | undefined;

function onFrame(type: number, payload: Buffer): void {
  switch (type) {
    case FRAME.treePiece:
      tar ??= extractor();
      tar.stdin?.write(Buffer.from(payload));
      return;
    case FRAME.treeEnd:
      tar ??= extractor();
      tar.stdin?.end();
      return;
    default:
      compare().catch((error: unknown) => fail(String(error)));
  }
}

async function compare(): Promise<void> {
  await probe();
  for (const message of seen.values()) if (message.count > 1) say(message);
  for (const piece of readReports()) say({ kind: "probe", piece });
  const changes = compareTrees(before, readTree(WORKSPACE));
  for (const change of changes.slice(0, MOST_LINES)) say({ kind: "change", ...change });
  say({ kind: "compared", changes: changes.length, dropped });
}

/** Answers every question, on any server's address, that there is no such name. */
async function answerNames(): Promise<void> {
  const udp = createSocket({ type: "udp6", ipv6Only: false });
  udp.on("message", (message, from) => {
    const answer = answerName(message);
    if (answer) udp.send(answer, from.port, from.address, () => undefined);
  });
  const tcp = createServer((socket) => {
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.once("data", (piece: Buffer) => {
      const answer = answerName(piece.subarray(2));
      if (!answer) {
        socket.destroy();
        return;
      }
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.end(Buffer.concat([length, answer]));
    });
  });
  tcp.maxConnections = 64;
  await Promise.all([
    new Promise<void>((resolve) => udp.bind(53, "::", resolve)),
    new Promise<void>((resolve) => tcp.listen(53, "::", resolve)),
  ]);
}

function answerName(message: Buffer): Buffer | null {
  const question = readQuestion(message);
  if (!question) return null;
  note({ kind: "lookup", name: question.name, type: question.type, count: 1 });
  return denyQuestion(message, question.end);
}

async function watchPackets(): Promise<void> {
  const tcpdump = spawn("tcpdump", TCPDUMP, {
    stdio: ["ignore", "pipe", "pipe"],
  });
  tcpdump.on("error", (error) => fail(`tcpdump did not start: ${error.message}`));
  let complaint = "";
  tcpdump.on("close", () => fail(`the watch on the network ended: ${complaint}`));
  tcpdump.stdout.on(
    "data",
    createLineReader((line) => {
      const attempt = readPacket(line);
      if (attempt) onPacket(attempt);
    }, LONGEST_LINE),
  );
  await new Promise<void>((resolve) => {
    tcpdump.stderr.on("data", (piece: Buffer) => {
      complaint = (complaint + piece.toString("utf8")).slice(-500);
      if (complaint.includes("listening on")) resolve();
    });
  });
}

function onPacket(attempt: Attempt): void {
  if (attempt.address === PROBE.address && attempt.port === PROBE.port) return awaitProbe();
  note({ kind: "packet", ...attempt, count: 1 });
}

/** Sends a packet until it was seen: then all before it was. A flood may have the first ones dropped. */
async function probe(): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  const wasSeen = new Promise<void>((resolve) => {
    awaitProbe = resolve;
  });
  const send = (): void => socket.send("probe", PROBE.port, PROBE.address);
  const again = setInterval(send, PROBE.againMs);
  send();
  await wasSeen;
  clearInterval(again);
  socket.close();
}

/** Says a thing when it is first seen, and counts it from then on. */
function note(message: Extract<KeeperMessage, { readonly count: number }>): void {
  const key = JSON.stringify(message);
  const known = seen.get(key);
  if (known) {
    seen.set(key, { ...known, count: known.count + 1 });
  } else if (seen.size >= MOST_LINES) {
    dropped += 1;
  } else {
    seen.set(key, message);
    say(message);
  }
}

function say(message: KeeperMessage): void {
  const line = JSON.stringify(message);
  if (Buffer.byteLength(line) < LONGEST_LINE) writeSync(1, `${line}\n`);
  else dropped += 1;
}

function fail(reason: string): never {
  say({ kind: "failed", reason });
  process.exit(1);
}

keep().catch((error: unknown) => fail(String(error)));
