import { readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readTrace } from "../../../../server/core/observe/strace-reader.ts";
import { exitCode, type Trace } from "../../../../server/core/observe/trace.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/traces/${name}.strace`, import.meta.url), "utf8");

function read(text: string, limits = {}): Trace {
  const reader = readTrace(limits);
  reader.push(text);
  return reader.finish();
}

const programs = (trace: Trace): (readonly string[])[] =>
  trace.events.flatMap((event) => (event.kind === "exec" ? [event.argv] : []));
const targets = (trace: Trace): string[] =>
  trace.events.flatMap((event) =>
    event.kind === "connect"
      ? [`${event.to.protocol} ${event.to.address} ${event.to.port} by ${event.process}`]
      : [],
  );

describe("readTrace on recorded traces", () => {
  test("reads programs, connections and file changes across interrupted calls", () => {
    const trace = read(fixture("node-lookup"));
    expect(trace.end).toEqual({ kind: "exited", code: 3 });
    expect(programs(trace)).toEqual([
      ["node", "t.mjs"],
      ["/bin/sh", "-c", 'echo hi; true "é\n\u001b[31m"'],
    ]);
    expect(targets(trace)).toEqual([
      "null /var/run/nscd/socket 0 by node t.mjs",
      "null 10.255.255.53 53 by node t.mjs",
      "null 203.0.113.9 81 by node t.mjs",
    ]);
    const files = trace.events.filter((event) => event.kind === "file");
    expect(files).toEqual([
      expect.objectContaining({ operation: "write", path: "/workspace/x" }),
      expect.objectContaining({ operation: "rename", path: "/workspace/x", to: "/workspace/y" }),
      expect.objectContaining({ operation: "delete", path: "/workspace/y" }),
      expect.objectContaining({ operation: "make-directory", path: "/workspace/dd" }),
    ]);
  });

  test("names the program behind each connection, datagrams and both kinds of address included", () => {
    const trace = read(fixture("node-many"));
    expect(trace.end).toEqual({ kind: "killed", signal: "SIGSEGV" });
    expect(exitCode(trace.end)).toBe(139);
    expect(targets(trace).toSorted()).toEqual([
      "null \0abstract 0 by node u.mjs",
      "null /tmp/no\nsuch.sock 0 by node u.mjs",
      "null 2001:db8::5 443 by node u.mjs",
      "null 203.0.113.99 99 by node u.mjs",
      "null ::ffff:203.0.113.5 443 by node u.mjs",
      "udp 2001:db8::1 9999 by node u.mjs",
      "udp 203.0.113.7 9999 by node u.mjs",
    ]);
    expect(programs(trace)).toContainEqual(["/bin/sh", "-c", "exit 7"]);
  });

  test("is not led astray by an argument that looks like a line of the trace", () => {
    const forged = '0; //"), ["x"], 0) = 0\n99 +++ exited with 0 +++';
    expect(programs(read(fixture("node-many")))).toContainEqual(["node", "-e", forged]);
  });

  test("marks a program whose arguments strace cut", () => {
    const cut = read(fixture("node-many")).events.find(
      (event) => event.kind === "exec" && event.path === "/bin/true",
    );
    expect(cut).toMatchObject({ cut: true });
  });

  test("reads hexadecimal escapes the same", () => {
    const trace = read(fixture("node-hex"));
    expect(programs(trace)[1]).toEqual(["/bin/sh", "-c", 'echo hi; true "é\n\u001b[31m"']);
    expect(targets(trace)).toContain(`null 203.0.113.9 81 by ${programs(trace)[0]?.join(" ")}`);
  });

  test("takes the protocol from the descriptor where strace decodes it", () => {
    expect(targets(read(fixture("node-sockets")))).toEqual([
      "tcp 203.0.113.5 443 by ",
      "udp 203.0.113.7 9999 by ",
    ]);
  });

  test("follows a thread that runs another program", () => {
    const trace = read(fixture("thread-exec"));
    expect(programs(trace)).toContainEqual(["echo", "from a thread"]);
    expect(trace.end).toEqual({ kind: "exited", code: 0 });
  });

  test("tells a killed program from a trace that stops", () => {
    expect(exitCode(read(fixture("killed")).end)).toBe(137);
    const stopped = fixture("node-lookup").replace(/\+\+\+ exited with 3 \+\+\+\n/g, "");
    expect(read(stopped).end).toEqual({ kind: "missing" });
    expect(exitCode(read(stopped).end)).toBeNull();
  });

  test("gives the same whatever pieces the stream comes in", () => {
    const text = fixture("node-many");
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 20 }), (cuts) => {
        const reader = readTrace();
        let from = 0;
        for (const to of [...cuts.toSorted((a, b) => a - b), text.length]) {
          reader.push(text.slice(from, to));
          from = to;
        }
        expect(reader.finish()).toEqual(read(text));
      }),
      { numRuns: 50 },
    );
  });
});

describe("readTrace on hostile input", () => {
  test("says that the first process has ended as soon as its line is whole", () => {
    const reader = readTrace();
    reader.push('7 execve("/a", ["a"], 0x0) = 0\n8 +++ exited with 5 +++\n7 +++ exited wi');
    expect(reader.hasEnded()).toBe(false);
    reader.push("th 9 +++\n");
    expect(reader.hasEnded()).toBe(true);
    expect(reader.finish().end).toEqual({ kind: "exited", code: 9 });
  });

  test("believes the first end of the first process only", () => {
    const trace = read("7 +++ exited with 1 +++\n7 +++ exited with 0 +++\n");
    expect(trace.end).toEqual({ kind: "exited", code: 1 });
  });

  test("does not count a program that could not be started", () => {
    const line = '7 execve("/usr/bin/x", ["x"], 0x1 /* 3 vars */) = -1 ENOENT (No such file)\n';
    expect(read(line).events).toEqual([]);
  });

  test("counts a call that the end of its process cut off", () => {
    const trace = read(
      '7 execve("/usr/bin/x", ["x"], 0x1 <unfinished ...>\n7 +++ killed by SIGKILL +++\n',
    );
    expect(programs(trace)).toEqual([["x"]]);
  });

  test("folds repetitions and says when different events were more than it keeps", () => {
    const one = '7 unlink("/workspace/a") = 0\n';
    expect(read(one.repeat(1000)).events).toEqual([
      { kind: "file", operation: "delete", path: "/workspace/a", count: 1000 },
    ]);
    const many = Array.from({ length: 50 }, (_, at) => `7 unlink("/workspace/${at}") = 0\n`);
    const trace = read(many.join(""), { events: 10 });
    expect(trace.events).toHaveLength(10);
    expect(trace.overflowed).toBe(true);
  });

  test("keeps a bounded amount of long events, lines and waiting calls", () => {
    const long = Array.from(
      { length: 40 },
      (_, at) => `7 unlink("/${at}${"a".repeat(900)}") = 0\n`,
    );
    expect(read(long.join(""), { size: 9000 }).overflowed).toBe(true);
    const line = `7 unlink("/${"a".repeat(100_000)}") = 0\n`;
    expect(JSON.stringify(read(line, { line: 1000 })).length).toBeLessThan(2000);
    const waiting = Array.from(
      { length: 30 },
      (_, pid) => `${pid + 7} unlink("/a" <unfinished ...>\n`,
    );
    expect(read(waiting.join(""), { processes: 10 }).overflowed).toBe(true);
  });

  test("keeps what strace itself complains about, escaped", () => {
    expect(read("strace: exec: \u001b[31mno\n").complaints).toEqual([
      String.raw`strace: exec: \u{1b}[31mno`,
    ]);
  });

  test("never throws, whatever the stream holds", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom(
        "7 ",
        "connect(",
        "{sa_family=AF_INET",
        '"\\x',
        "\\377",
        " <unfinished ...>\n",
        "<... connect resumed>",
        "+++ exited with ",
        ") = 0\n",
        "execve(",
        '["a", ',
        "}",
        "]",
        "\n",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(() => read(pieces.join(""))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

describe("execveat", () => {
  test("without a path is told by what its descriptor is", () => {
    const trace = read(
      [
        '7 execveat(3</memfd:hidden>(deleted), "", ["innocent", "x"], 0x1 /* 0 vars */, AT_EMPTY_PATH) = 0',
        '7 execveat(AT_FDCWD</workspace>, "./tool", ["tool"], 0x1 /* 0 vars */, 0) = 0',
        "",
      ].join("\n"),
    );
    expect(trace.events.map((event) => (event.kind === "exec" ? event.path : null))).toEqual([
      "/memfd:hidden",
      "./tool",
    ]);
  });
});
