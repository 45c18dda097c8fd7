import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { describeBehaviour, mergeBehaviours } from "../../../../server/core/observe/behaviours.ts";
import {
  type KeeperEvent,
  readKeeperEvents,
} from "../../../../server/core/observe/keeper-events.ts";
import { readProbeReports } from "../../../../server/core/observe/probe-reports.ts";
import type { TraceEvent } from "../../../../server/core/observe/trace.ts";

const attempt = (address: string, port: number, protocol: "tcp" | "udp" | "icmp" = "tcp") =>
  ({ kind: "packet", protocol, address, port, count: 1 }) as const;
const lookup = (name: string, answers: string[] = []): KeeperEvent => ({
  kind: "lookup",
  name,
  type: "A",
  ...(answers.length === 0 ? {} : { answers }),
  count: 1,
});
const connect = (
  address: string,
  port: number,
  protocol: "tcp" | "udp" | null = null,
): TraceEvent => ({
  kind: "connect",
  to: { family: address.includes(":") ? "ipv6" : "ipv4", protocol, address, port },
  process: "node --test",
  count: 1,
});
const exec = (path: string, ...argv: string[]): TraceEvent => ({
  kind: "exec",
  path,
  argv,
  cut: false,
  count: 1,
});
const nothing = { trace: { events: [] }, keeper: [], files: [], probe: [] };

describe("mergeBehaviours", () => {
  test("sees one connection where keeper and trace saw the same", () => {
    const behaviours = mergeBehaviours({
      ...nothing,
      trace: { events: [connect("::ffff:203.0.113.5", 443)] },
      keeper: [attempt("203.0.113.5", 443)],
    });
    expect(behaviours).toEqual([
      {
        kind: "connect",
        protocol: "tcp",
        address: "203.0.113.5",
        port: 443,
        process: "node --test",
        count: 1,
      },
    ]);
  });

  test("keeps what only the keeper saw: no program is known, the packet was there", () => {
    const behaviours = mergeBehaviours({
      ...nothing,
      keeper: [attempt("198.51.100.7", 0, "icmp"), attempt("198.51.100.7", 0, "icmp")],
    });
    expect(behaviours).toEqual([
      {
        kind: "connect",
        protocol: "icmp",
        address: "198.51.100.7",
        port: 0,
        process: "",
        count: 2,
      },
    ]);
  });

  test("takes the protocol from the wire where the trace does not say", () => {
    const [behaviour] = mergeBehaviours({
      ...nothing,
      trace: { events: [connect("203.0.113.5", 9999)] },
      keeper: [attempt("203.0.113.5", 9999, "udp")],
    });
    expect(behaviour).toMatchObject({ protocol: "udp" });
  });

  test("names the host of an address that a look-up answered", () => {
    const [behaviour] = mergeBehaviours({
      ...nothing,
      trace: { events: [connect("203.0.113.5", 443)] },
      keeper: [lookup("API.Example.", ["203.0.113.5"])],
    });
    expect(behaviour).toMatchObject({ kind: "connect", host: "api.example" });
  });

  test("leaves out the box's own resolver and calls that send nothing, not foreign resolvers", () => {
    const behaviours = mergeBehaviours({
      ...nothing,
      trace: {
        events: [connect("127.0.0.1", 53), connect("203.0.113.5", 0), connect("8.8.8.8", 53)],
      },
      keeper: [attempt("127.0.0.1", 53, "udp")],
    });
    expect(behaviours).toEqual([expect.objectContaining({ address: "8.8.8.8", protocol: "udp" })]);
  });

  test("folds repetitions of programs, and believes the file and not the name a program gives itself", () => {
    const events = [
      exec("/bin/sh", "sh", "-c", "x"),
      exec("/bin/sh", "sh", "-c", "x"),
      exec("/usr/bin/curl", "node", "x"),
    ];
    expect(mergeBehaviours({ ...nothing, trace: { events } })).toEqual([
      { kind: "process", argv: ["/usr/bin/curl", "x"], count: 1 },
      { kind: "process", argv: ["sh", "-c", "x"], count: 2 },
    ]);
  });

  test("adds a probe's stack to what was seen, and nothing else that the probe claims", () => {
    const report = (kind: string, target: string) =>
      JSON.stringify({
        kind,
        pid: 1,
        target,
        stack: [{ file: "/workspace/src/a.ts", line: 14, column: 3 }],
      });
    const probe = readProbeReports(
      [
        report("connect", "203.0.113.5:443"),
        report("connect", "192.0.2.1:1"),
        report("lookup", "x.example"),
        report("process", "/bin/sh"),
      ].join("\n"),
    );
    const behaviours = mergeBehaviours({
      trace: { events: [connect("203.0.113.5", 443), exec("/bin/sh", "sh", "-c", "x")] },
      keeper: [lookup("x.example"), lookup("y.example")],
      files: [{ kind: "file", operation: "added", path: "b" }],
      probe,
    });
    const stack = [{ path: "src/a.ts", line: 14, column: 3 }];
    expect(behaviours.map((behaviour) => ("stack" in behaviour ? behaviour.stack : null))).toEqual([
      stack,
      null,
      stack,
      null,
      stack,
    ]);
    expect(behaviours).toHaveLength(5);
  });

  test("gives the same list in whatever order things were seen", () => {
    const events = [
      connect("203.0.113.5", 443),
      connect("203.0.113.6", 443),
      exec("/bin/sh", "sh"),
      exec("/bin/ls", "ls"),
    ];
    const keeper = [lookup("a.example"), lookup("b.example"), attempt("198.51.100.1", 80)];
    const expected = mergeBehaviours({ ...nothing, trace: { events }, keeper });
    fc.assert(
      fc.property(
        fc.shuffledSubarray(events, { minLength: 4 }),
        fc.shuffledSubarray(keeper, { minLength: 3 }),
        (shuffled, seen) => {
          expect(
            mergeBehaviours({ ...nothing, trace: { events: shuffled }, keeper: seen }),
          ).toEqual(expected);
        },
      ),
    );
  });

  test("bounds what one argument list can make a record hold", () => {
    const events = [exec("/bin/a", "a", ...Array.from({ length: 90 }, () => "x".repeat(2000)))];
    expect(JSON.stringify(mergeBehaviours({ ...nothing, trace: { events } })).length).toBeLessThan(
      25_000,
    );
  });
});

describe("describeBehaviour", () => {
  test("escapes what a program chose", () => {
    const behaviour = { kind: "process", argv: ["sh", "-c", "\u001b[2J\u202e"], count: 1 } as const;
    expect(describeBehaviour(behaviour)).toBe(String.raw`sh -c \u{1b}[2J\u{202e}`);
  });

  test("puts IPv6 addresses in brackets", () => {
    const to = { kind: "connect", protocol: "tcp", address: "2001:db8::1", port: 443 } as const;
    expect(describeBehaviour({ ...to, process: "", count: 1 })).toBe("[2001:db8::1]:443/tcp");
  });
});

describe("readKeeperEvents", () => {
  test("reads its lines and counts those that are not its format", () => {
    const lines = [
      '{"kind":"lookup","name":"a.example","type":"A"}',
      '{"kind":"packet","protocol":"tcp","address":"203.0.113.5","port":443,"count":3}',
      '{"kind":"packet","protocol":"tcp","address":"203.0.113.5","port":70000}',
      "not JSON",
      "",
    ];
    const { events, garbled } = readKeeperEvents(lines.join("\n"));
    expect(events).toEqual([lookup("a.example"), { ...attempt("203.0.113.5", 443), count: 3 }]);
    expect(garbled).toBe(2);
  });

  test("keeps a bounded number and says so", () => {
    const { events, garbled } = readKeeperEvents(
      '{"kind":"lookup","name":"a.example","type":"A"}\n'.repeat(10_010),
    );
    expect(events).toHaveLength(10_000);
    expect(garbled).toBe(10);
  });
});

describe("readProbeReports", () => {
  test("drops forged, foreign and overlong reports, and frames outside the tree", () => {
    const frame = (file: string) => ({ file, line: 1, column: 1 });
    const stack = [
      "node:net",
      "/etc/passwd",
      "/workspace/../x",
      "/workspace/a.js",
      "file:///workspace/b%20c.mjs",
    ];
    const text = [
      JSON.stringify({ kind: "connect", pid: 7, target: "a:1", stack: stack.map(frame) }),
      JSON.stringify({ kind: "file", pid: 7, target: "a", stack: [] }),
      JSON.stringify({ kind: "connect", pid: 7, target: "x".repeat(3000), stack: [] }),
      JSON.stringify({ kind: "connect", pid: -1, target: "a:1", stack: [] }),
      "{".repeat(20_000),
    ];
    expect(readProbeReports(text.join("\n"))).toEqual([
      {
        kind: "connect",
        pid: 7,
        target: "a:1",
        stack: [
          { path: "a.js", line: 1, column: 1 },
          { path: "b c.mjs", line: 1, column: 1 },
        ],
      },
    ]);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.string())), (lines) => {
        expect(() => readProbeReports(lines.join("\n"))).not.toThrow();
      }),
    );
  });
});
