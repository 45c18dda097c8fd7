import { describe, expect, test } from "vitest";

import { loadPolicy } from "../../../../server/core/policy/load.ts";

const load = (text: string) =>
  loadPolicy(`version: 1\n${text}`, { commit: "c", path: "shipgate.yaml" });

describe("approvals in the policy", () => {
  test("none is asked for where the file is silent", () => {
    expect(load("").policy).toMatchObject({
      require: ["run"],
      approvals: { count: 1, by: null, notAuthor: false },
    });
  });

  test("the strict preset does not take the author's own", () => {
    expect(load("preset: strict").policy.approvals.notAuthor).toBe(true);
    const own = load("preset: strict\napprovals: { not-author: false }");
    expect(own.policy.approvals.notAuthor).toBe(false);
  });

  test.for([
    "approvals: {}",
    "require: [run]\napprovals: { count: 1 }",
    "require: [run, approval]",
  ])("%j asks for one", (text) => {
    expect(load(text)).toMatchObject({ problems: [], policy: { require: ["run", "approval"] } });
  });

  test("a new rule about approvals voids those that were given under the old one", () => {
    expect(load("approvals: { count: 2 }").hash).not.toBe(load("approvals: {}").hash);
  });

  test.for([
    "approvals: { count: 0 }",
    "approvals: { count: 1.5 }",
    "approvals: { by: [] }",
    "approvals: { by: ada }",
    "approvals: { not-authors: true }",
    "approvals: true",
  ])("%s is a mistake, and the strict preset holds", (text) => {
    const { policy, problems } = load(text);
    expect(problems).toHaveLength(1);
    expect(policy.preset).toBe("strict");
  });
});
