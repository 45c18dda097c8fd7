import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { beforeEach, describe, expect, test } from "vitest";

const PROBE = fileURLToPath(
  new URL("../../../server/adapters/docker/probe/node-probe.cjs", import.meta.url),
);

interface Report {
  readonly kind: string;
  readonly target: string;
  readonly stack: readonly {
    readonly file: string;
    readonly line: number;
    readonly column: number;
  }[];
}

let folder: string;
let output: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipgate-probe-"));
  output = join(folder, "probe.jsonl");
  await writeFile(output, "");
  return () => rm(folder, { recursive: true, force: true });
});

/** Runs a program with or without the probe. */
async function run(
  source: string,
  { probe = true, name = "program.mjs" } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const path = join(folder, name);
  await writeFile(path, source);
  const env = { PATH: process.env["PATH"] ?? "", SHIPGATE_PROBE: output };
  const options = probe ? { ...env, NODE_OPTIONS: `--require ${PROBE}` } : env;
  return new Promise((resolve) => {
    execFile(process.execPath, [path], { cwd: folder, env: options }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1,
        stdout,
        stderr,
      });
    });
  });
}

const reports = (): Report[] =>
  readFileSync(output, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Report);
const told = (): string[] =>
  reports().map(
    ({ kind, target, stack }) =>
      `${kind} ${target} ${stack[0]?.file.split("/").at(-1)}:${stack[0]?.line}`,
  );

describe("the Node probe tells from which line came", () => {
  test.for([
    [
      "a connection",
      'import { connect } from "node:net";\nconnect(9, "127.0.0.2").on("error", () => {});',
      "connect 127.0.0.2:9 program.mjs:2",
    ],
    [
      "a socket of one's own",
      'import { Socket } from "node:net";\nnew Socket().connect({ port: 9, host: "::1" }).on("error", () => {});',
      "connect ::1:9 program.mjs:2",
    ],
    [
      "a TLS connection",
      'import tls from "node:tls";\ntls.connect(9, "127.0.0.2").on("error", () => {});',
      "connect 127.0.0.2:9 program.mjs:2",
    ],
    [
      "a request",
      'import http from "node:http";\nhttp.get("http://127.0.0.2:9/").on("error", () => {});',
      "connect 127.0.0.2:9 program.mjs:2",
    ],
    [
      "a fetch, which connects later",
      'await null;\nfetch("http://127.0.0.2:9/").catch(() => {});',
      "connect 127.0.0.2:9 program.mjs:2",
    ],
    [
      "a fetch of a Request",
      'const asked = new Request("https://127.0.0.2/");\nfetch(asked).catch(() => {});',
      "connect 127.0.0.2:443 program.mjs:2",
    ],
    [
      "a look-up",
      'import dns from "node:dns";\ndns.lookup("LOCALHOST", () => {});',
      "lookup localhost program.mjs:2",
    ],
    [
      "a promised look-up",
      'import { lookup } from "node:dns/promises";\nawait lookup("localhost");',
      "lookup localhost program.mjs:2",
    ],
    [
      "a datagram",
      'import { createSocket } from "node:dgram";\nconst s = createSocket("udp4"); s.send(Buffer.from("abc"), 0, 3, 9, "127.0.0.2", () => s.close());',
      "connect 127.0.0.2:9 program.mjs:2",
    ],
    [
      "a process",
      'import { spawn } from "node:child_process";\nspawn("/bin/true", ["a b"]);',
      "process /bin/true a b program.mjs:2",
    ],
    [
      "a shell",
      'import { exec } from "node:child_process";\nexec("true x");',
      "process /bin/sh -c true x program.mjs:2",
    ],
    [
      "a process that is waited for",
      'import { execSync, execFileSync, spawnSync } from "node:child_process";\nexecSync("true y");',
      "process /bin/sh -c true y program.mjs:2",
    ],
  ] as const)("%s", async ([, source, expected]) => {
    const { code, stderr } = await run(source);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(told()).toContain(expected);
  });

  test("in worker threads, children and CommonJS too", async () => {
    const inner = join(folder, "inner.cjs");
    await writeFile(
      inner,
      '\n\nrequire("node:net").connect(9, "127.0.0.2").on("error", () => {});',
    );
    const source = `import { Worker } from "node:worker_threads";\nimport { fork } from "node:child_process";
fork(${JSON.stringify(inner)});\nnew Worker(${JSON.stringify(inner)});`;
    expect((await run(source)).code).toBe(0);
    expect(told().filter((line) => line === "connect 127.0.0.2:9 inner.cjs:3")).toHaveLength(2);
  });

  test("through a package, with the program's own line further up", async () => {
    const source = 'import { call } from "./library.mjs";\nfunction own() {\n  call();\n}\nown();';
    await writeFile(
      join(folder, "library.mjs"),
      'import net from "node:net";\nexport const call = () => net.connect(9, "127.0.0.2").on("error", () => {});',
    );
    await run(source);
    expect(
      reports()
        .find(({ kind }) => kind === "connect")
        ?.stack.map(({ file, line }) => `${file.split("/").at(-1)}:${line}`),
    ).toEqual(["library.mjs:2", "program.mjs:3", "program.mjs:5"]);
  });
});

describe("the Node probe does not change the program", () => {
  /** Programs that print what they can see of the probe's places: the output must be the same without it. */
  const PROGRAMS: Readonly<Record<string, string>> = {
    "the looks of functions": `import net from "node:net"; import dns from "node:dns"; import cp from "node:child_process";
      import { promisify } from "node:util";
      for (const f of [net.Socket.prototype.connect, dns.lookup, dns.promises.lookup, dns.resolve4, cp.spawnSync, cp.execSync, cp.ChildProcess.prototype.spawn, fetch])
        console.log(f.name, f.length, Reflect.ownKeys(f).map(String).sort().join(), typeof f.prototype);
      console.log(Object.keys(net.Socket.prototype).includes("connect"), Object.keys(dns).join(), Object.getOwnPropertyDescriptor(globalThis, "fetch").enumerable);
      console.log(await promisify(dns.lookup)("127.0.0.1"));`,
    "errors and their stacks": `import net from "node:net"; import dns from "node:dns"; import cp from "node:child_process";
      for (const f of [() => net.connect(), () => net.connect(-1), () => dns.lookup(1), () => cp.spawnSync(), () => cp.execSync("exit 3"), () => cp.spawn("")])
        try { f(); } catch (error) { console.log(error.name, error.code, error.status, error.message); }
      await fetch("nonsense").catch((error) => console.log(error.message, error.cause?.code));
      await fetch().catch((error) => console.log(error.name));`,
    "the order of events": `import net from "node:net";
      const order = []; const socket = net.connect(9, "127.0.0.2"); order.push("called");
      socket.on("error", (error) => { order.push(error.code); console.log(order.join()); });
      process.nextTick(() => order.push("tick")); Promise.resolve().then(() => order.push("micro"));`,
    "a stack format of its own": `Error.prepareStackTrace = (error, sites) => "own " + sites.length; Error.stackTraceLimit = 1;
      import("node:net").then(({ connect }) => { connect(9, "127.0.0.2").on("error", () => {}); console.log(new Error("x").stack, Error.stackTraceLimit); });`,
    "numbers of descriptors": `import fs from "node:fs"; import net from "node:net";
      net.connect(9, "127.0.0.2").on("error", () => {}); fs.writeFileSync("x", ""); const a = fs.openSync("x"); const b = fs.openSync("x"); console.log(b - a);`,
    "its own patches": `import net from "node:net"; import fs from "node:fs";
      const original = net.Socket.prototype.connect; let calls = 0;
      net.Socket.prototype.connect = function (...args) { calls++; return original.apply(this, args); };
      fs.openSync = fs.writeSync = JSON.stringify = Reflect.apply = () => { throw new Error("patched"); };
      net.connect(9, "127.0.0.2").on("error", (error) => console.log(calls, error.code));`,
    "frozen built-ins": `import net from "node:net"; import dns from "node:dns"; Object.freeze(net.Socket.prototype); Object.freeze(dns); Object.freeze(Array.prototype);
      net.connect(9, "127.0.0.2").on("error", (error) => console.log(error.code));`,
    "what awaits a subclass": `import { Socket } from "node:net";
      class Own extends Socket { connect(...args) { console.log("own", args.length); return super.connect(...args); } }
      new Own().connect(9, "127.0.0.2").on("error", (error) => console.log(error.code));`,
    "an exit code": `process.exitCode = 7; import("node:child_process").then(({ spawnSync }) => console.log(spawnSync("/bin/sh", ["-c", "exit 5"]).status));`,
    "a crash": `import { connect } from "node:net"; connect(9, "127.0.0.2");`,
  };

  test.for(Object.keys(PROGRAMS))("%s", async (name) => {
    const source = PROGRAMS[name] ?? "";
    const watched = await run(source);
    const without = await run(source, { probe: false });
    expect(watched.stdout).toBe(without.stdout);
    expect(watched.code).toBe(without.code);
    // Node's own frames of a crash differ by the wrapper's; what went wrong does not.
    expect(watched.stderr.split("\n").filter((line) => !line.startsWith("    at "))).toEqual(
      without.stderr.split("\n").filter((line) => !line.startsWith("    at ")),
    );
  });

  test("where nobody listens, or the place is not to be written to", async () => {
    await rm(output);
    const source =
      'import { connect } from "node:net";\nconnect(9, "127.0.0.2").on("error", (error) => console.log(error.code));';
    expect(await run(source)).toEqual({ code: 0, stdout: "ECONNREFUSED\n", stderr: "" });
    expect(existsSync(output)).toBe(false);
  });

  test("and says a bounded amount, each thing once", async () => {
    const source =
      'import dns from "node:dns";\nfor (let at = 0; at < 3000; at++) { dns.lookup("127.0.0.1", () => {}); dns.lookup(`127.0.${at >> 8}.${at & 255}`, () => {}); }';
    await run(source);
    expect(reports().length).toBeLessThanOrEqual(500);
    expect(new Set(readFileSync(output, "utf8").split("\n")).size).toBe(reports().length + 1);
  });
});
