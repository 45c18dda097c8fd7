import { describe, expect, test } from "vitest";

import { rootAsSeen } from "../../../server/lsp/open-gate-door.ts";

describe("rootAsSeen", () => {
  test.for([
    ["/w/shop", "/w/shop", "/w/shop", "/w/shop"],
    ["/link", "/w/shop", "/w/shop", "/link"],
    ["/link/src/deep", "/w/shop/src/deep", "/w/shop", "/link"],
    ["/w/shop/src", "/w/shop/src", "/w/shop", "/w/shop"],
    // A link to a folder inside: no prefix of what was opened is the root.
    ["/elsewhere", "/w/shop/src", "/w/shop", "/w/shop"],
    ["/elsewhere-src", "/w/shop/src", "/w/shop", "/w/shop"],
  ] as const)("opened as %s, really %s, in %s, is %s", ([directory, real, root, seen]) => {
    expect(rootAsSeen(directory, real, root)).toBe(seen);
  });
});
