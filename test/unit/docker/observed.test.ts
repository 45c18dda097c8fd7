import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  EXPIRES,
  isLeftOver,
  LABEL,
  OWNER,
  ownLabels,
} from "../../../server/adapters/docker/labels.ts";
import { showOutput } from "../../../server/adapters/docker/record.ts";
import { createTraceCut, straceArguments } from "../../../server/adapters/docker/strace.ts";

describe("showOutput", () => {
  test.for([
    ["plain\ttext\n", "plain\ttext\n"],
    ["\u001b[1;31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007shown", "shown"],
    ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["50%\r100%\r\n", "50%\n100%\n"],
    ["a\u0008\u0007\u0000b\u009b31mc", "ab31mc"],
    ["\u202eevil\u202c zero\u200bwidth", "evil zerowidth"],
  ])("shows %j as %j", ([output, shown]) => {
    expect(showOutput(output ?? "")).toBe(shown);
  });

  test("never gives a control, bidirectional or invisible character, and keeps the end", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (output) => {
        expect(showOutput(output)).not.toMatch(/[^\P{C}\n\t]/u);
      }),
    );
    const long = showOutput(`${"x".repeat(100_000)}end`);
    expect(long).toMatch(/^….*end$/s);
    expect(long.length).toBeLessThan(70_000);
  });
});

describe("createTraceCut", () => {
  const TRACE = `7 execve("/usr/bin/node") = 0\n7 connect(3) = -1\n7 unlink("/shipgate-mark") = -1 ENOENT\n7 execve("/usr/bin/env") = 0\n7 +++ exited with 0 +++\n`;

  test("begins behind the mark, wherever the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(TRACE.length), { maxLength: 10 }), (places) => {
        const at = [0, ...places.toSorted((a, b) => a - b), TRACE.length];
        let kept = "";
        const push = createTraceCut("/shipgate-mark", (text) => {
          kept += text;
        });
        for (const [index, from] of at.entries())
          push(Buffer.from(TRACE.slice(from, at[index + 1] ?? from)));
        expect(kept).toBe(`7 execve("/usr/bin/env") = 0\n7 +++ exited with 0 +++\n`);
      }),
    );
  });

  test("gives nothing where the command never began, in bounded memory", () => {
    let kept = "";
    const push = createTraceCut("/shipgate-mark", (text) => {
      kept += text;
    });
    for (let count = 0; count < 1000; count += 1) push(Buffer.alloc(10_000, 65));
    expect(kept).toBe("");
  });
});

describe("straceArguments", () => {
  test("follows every program and way out, and hides no death", () => {
    const args = straceArguments(["node", "a b"]);
    expect(args.slice(-3)).toEqual(["--", "node", "a b"]);
    expect(args).toEqual(expect.arrayContaining(["-f", "-q", "--seccomp-bpf"]));
    const followed = args.find((text) => text.startsWith("trace="));
    for (const name of ["execve", "execveat", "connect", "sendto", "unlinkat", "renameat2"]) {
      expect(followed).toMatch(new RegExp(`[=,]\\?${name}(,|$)`));
    }
    expect(args.find((text) => text.startsWith("signal="))).not.toContain("SIGKILL");
  });
});

describe("isLeftOver", () => {
  const own = ownLabels(60_000);
  const [machine, , start] = (own[OWNER] ?? "").split("/");

  test("is false for what a living process made, here and elsewhere, and for what is not ours", () => {
    expect(isLeftOver(own)).toBe(false);
    expect(isLeftOver({ ...own, [OWNER]: "another-machine/1/1" })).toBe(false);
    expect(isLeftOver({})).toBe(false);
    const { [LABEL]: _, ...foreign } = own;
    expect(isLeftOver(foreign)).toBe(false);
  });

  test("is true once its time is over, or its process is gone or another one", () => {
    expect(isLeftOver({ ...own, [EXPIRES]: String(Date.now() - 1) })).toBe(true);
    expect(isLeftOver({ ...own, [EXPIRES]: "soon" })).toBe(true);
    expect(isLeftOver({ ...own, [OWNER]: `${machine}/4194303/1` })).toBe(true);
    expect(isLeftOver({ ...own, [OWNER]: `${machine}/${process.pid}/${start}1` })).toBe(true);
  });
});
