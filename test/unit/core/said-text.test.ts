import { describe, expect, test } from "vitest";

import { keepOnlySaid } from "../../../server/core/said-text.ts";

describe("keepOnlySaid", () => {
  test.for([
    ["nothing was said", "a\n", "a\nconst mine = 1;\n", "ls", "a\n"],
    [
      "a line was said",
      "a\n",
      "a\nconst said = 1;\n",
      "echo 'const said = 1;' >> f",
      "a\nconst said = 1;\n",
    ],
    [
      "another line came beside it",
      "a\n",
      "const mine = 2;\na\nconst said = 1;\n",
      "const said = 1;",
      "a\nconst said = 1;\n",
    ],
    [
      "short lines are in said company",
      "",
      "const said = 1;\n}\n",
      "const said = 1;\n}",
      "const said = 1;\n}\n",
    ],
    [
      "short lines are in mixed company",
      "",
      "const said = 1;\nconst mine = 1;\n}\n",
      "const said = 1;\n}",
      "const said = 1;\n",
    ],
    ["only a short line was said", "", "}\n", "}", ""],
    [
      "a line was replaced by a said one",
      "old line here\n",
      "const said = 1;\n",
      "const said = 1;",
      "const said = 1;\n",
    ],
    [
      "a line was replaced by another's",
      "old line here\nx\n",
      "const mine = 1;\nx\nconst said = 1;\n",
      "const said = 1;",
      "old line here\nx\nconst said = 1;\n",
    ],
    ["a file without a last line end stays as it was", "a", "a\nconst mine = 1;", "ls", "a"],
  ])("where %s", ([, before, after, said, expected]) => {
    expect(keepOnlySaid(before ?? "", after ?? "", said ?? "")).toBe(expected);
  });
});
