import { describe, expect, test } from "vitest";

import { mergeBehaviours } from "../../../../server/core/observe/behaviours.ts";
import { findEvasions } from "../../../../server/core/observe/evasions.ts";
import type { ProbeReport } from "../../../../server/core/observe/probe-reports.ts";
import { readTrace } from "../../../../server/core/observe/strace-reader.ts";
import type { TraceOrigin } from "../../../../server/core/observe/trace.ts";

const connect = (
  pid: number,
  address: string,
  port: number,
  program = "node a.js",
): TraceOrigin => ({
  kind: "connect",
  pid,
  program,
  address,
  port,
});
const spawn = (pid: number, path: string, argv0: string, program = "node a.js"): TraceOrigin => ({
  kind: "spawn",
  pid,
  program,
  path,
  argv: [argv0, "x"],
});
const told = (pid: number, kind: ProbeReport["kind"], target = "node"): ProbeReport => ({
  kind,
  pid,
  target,
  stack: [],
});
const START = told(7, "start");

describe("findEvasions", () => {
  test.for<[string, TraceOrigin, readonly ProbeReport[]]>([
    ["a connection of which nothing was told", connect(7, "198.51.100.1", 443), []],
    [
      "one to another port",
      connect(7, "198.51.100.1", 443),
      [told(7, "connect", "198.51.100.1:80")],
    ],
    [
      "one to another address",
      connect(7, "198.51.100.1", 443),
      [told(7, "connect", "198.51.100.2:443")],
    ],
    [
      "one that another process told of",
      connect(7, "198.51.100.1", 443),
      [told(8, "connect", "198.51.100.1:443")],
    ],
    [
      "a program of which nothing was told",
      spawn(7, "/usr/bin/curl", "curl"),
      [told(7, "process", "git log")],
    ],
    ["one under another name", spawn(7, "/usr/bin/curl", "git"), [told(7, "process", "ls")]],
    ["a path to node", connect(7, "198.51.100.1", 443, "/usr/bin/node --test"), []],
  ])("finds %s", ([, origin, reports]) => {
    expect(findEvasions([origin], [START, ...reports])).toEqual([origin]);
  });

  test.for<[string, TraceOrigin, readonly ProbeReport[]]>([
    ["a process without a probe", connect(8, "198.51.100.1", 443), [START]],
    ["a program that a probed process became", connect(7, "198.51.100.1", 443, "curl x"), [START]],
    ["a child of a shell that became Node later", spawn(7, "/bin/git", "git", "sh -c x"), [START]],
    [
      "what was told",
      connect(7, "198.51.100.1", 443),
      [START, told(7, "connect", "198.51.100.1:443")],
    ],
    [
      "what was told of IPv6",
      connect(7, "::ffff:198.51.100.1", 443),
      [START, told(7, "connect", "198.51.100.1:443")],
    ],
    [
      "a name that the program resolved itself",
      connect(7, "198.51.100.1", 443),
      [START, told(7, "connect", "own.example:443")],
    ],
    ["a resolver's question", connect(7, "8.8.8.8", 53), [START]],
    ["a service of the box", connect(7, "127.0.0.1", 8080), [START]],
    [
      "a program by its path",
      spawn(7, "/usr/bin/uname", "uname"),
      [START, told(7, "process", "/usr/bin/uname -a")],
    ],
    [
      "a program under a name of its own",
      spawn(7, "/usr/bin/uname", "renamed"),
      [START, told(7, "process", "renamed")],
    ],
    [
      "a process that said all that a probe says",
      connect(7, "198.51.100.1", 443),
      [START, ...Array.from({ length: 499 }, (_, at) => told(7, "lookup", `h${at}.example`))],
    ],
  ])("leaves %s", ([, origin, reports]) => {
    expect(findEvasions([origin], reports)).toEqual([]);
  });
});

describe("the origins of a trace", () => {
  test("lead threads back to their process, and children to who started them, whatever comes first", () => {
    const reader = readTrace();
    reader.push(
      [
        '7 execve("/usr/bin/node", ["node", "a.js"], 0x1 /* 2 vars */) = 0',
        "7 clone(child_stack=0x1, flags=CLONE_VM|CLONE_FS|CLONE_THREAD|CLONE_SETTLS, parent_tid=[9]) = 9",
        '9 connect(20, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("198.51.100.1")}, 16) = -1 ECONNREFUSED (Connection refused)',
        "9 clone(child_stack=0x1, flags=CLONE_VM|CLONE_VFORK|SIGCHLD <unfinished ...>",
        '12 execve("/bin/sh", ["sh", "-c", "x"], 0x1 /* 2 vars */) = 0',
        '12 execve("/bin/true", ["true"], 0x1 /* 2 vars */) = 0',
        "9 <... clone resumed>) = 12",
        "7 +++ exited with 0 +++",
        "",
      ].join("\n"),
    );
    const { events, origins } = reader.finish();
    const program = "node a.js";
    expect(origins).toEqual([
      { kind: "connect", pid: 7, program, address: "198.51.100.1", port: 443 },
      { kind: "spawn", pid: 7, program, path: "/bin/sh", argv: ["sh", "-c", "x"] },
    ]);
    const behaviours = mergeBehaviours({
      trace: { events, origins },
      keeper: [],
      files: [],
      probe: [START, told(7, "process", "sh -c x")],
    });
    expect(behaviours.map((one) => [one.kind, "unseenByProbe" in one])).toEqual([
      ["connect", true],
      ["process", false],
      ["process", false],
      ["process", false],
    ]);
  });

  test("stay bounded", () => {
    const reader = readTrace();
    for (let pid = 2; pid < 12_000; pid += 1) {
      reader.push(`1 clone(child_stack=NULL, flags=SIGCHLD) = ${pid}\n`);
      reader.push(
        `${pid} execve("/bin/true", ["true"], 0x1 /* 2 vars */) = 0\n${pid} +++ exited with 0 +++\n`,
      );
    }
    expect(reader.finish().origins.length).toBeLessThanOrEqual(5000);
  });
});
