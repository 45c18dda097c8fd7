import * as fc from "fast-check";
import { expect, test } from "vitest";

import { judgeLicense } from "../../../../server/core/checks/dependency-terms.ts";

test.for([
  ["MIT", "fine"],
  ["mit", "fine"],
  ["GPL-3.0-only", "not allowed"],
  ["AGPL-3.0-only", "denied"],
  ["MIT OR AGPL-3.0-only", "fine"],
  ["MIT AND AGPL-3.0-only", "denied"],
  ["(MIT OR GPL-2.0-only) AND Apache-2.0", "fine"],
  ["(MIT AND GPL-2.0-only) OR Apache-2.0", "fine"],
  ["MIT AND (GPL-2.0-only OR AGPL-3.0-only)", "denied"],
  ["Apache-2.0 WITH LLVM-exception", "fine"],
  ["GPL-2.0-only WITH Classpath-exception-2.0", "not allowed"],
  ["SEE LICENSE IN LICENSE", "not allowed"],
  ["(MIT", "not allowed"],
  ["MIT OR", "not allowed"],
  ["", "not allowed"],
] as const)("%s is %s", ([expression, verdict]) => {
  expect(judgeLicense(expression, ["MIT", "Apache-2.0"], ["AGPL-3.0-only"])).toBe(verdict);
});

test("without a list of allowed ones only denied ones count", () => {
  expect(judgeLicense("anything", null, ["GPL-3.0-only"])).toBe("fine");
  expect(judgeLicense("GPL-3.0-only", null, ["GPL-3.0-only"])).toBe("denied");
});

test("any text gives a verdict, and none that is not on the list is fine", () => {
  const word = fc.constantFrom("GPL", "(", ")", "AND", "OR", "WITH", " ", "x");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 400 }), (words) => {
      expect(judgeLicense(words.join(" "), ["MIT"], [])).toBe("not allowed");
    }),
  );
});
