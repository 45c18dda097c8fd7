import { describe, expect, test } from "vitest";

import { sha256Digest } from "../../server/core/digest.ts";
import type { Review } from "../../server/core/review.ts";
import { planShipment } from "../../server/engine/plan-shipment.ts";
import type { ShippedCommit, Shipyard } from "../../server/engine/ship-ports.ts";
import { fakeRepository } from "../fakes/ports.ts";
import { fakeReview } from "../fakes/review.ts";

const signal = new AbortController().signal;
const HEAD = {
  "package.json": '{"name":"shop","version":"1.0.0","scripts":{"start":"node src/a.js"}}',
  "src/a.js": "2",
  "test/a.test.js": "3",
};
const BASE = { ...HEAD, "src/a.js": "1" };
type Files = Readonly<Record<string, string>>;

interface Wish {
  readonly base?: Files;
  readonly head?: Files;
  readonly commit?: Partial<ShippedCommit>;
  readonly review?: (review: Review) => Review;
  /** The tree that the review saw, where it is not that of the commit. */
  readonly seen?: string;
}

/** Plans over fakes; gives the plan and which of the dear things were asked for. */
async function plan(wish: Wish = {}) {
  const { base = BASE, head = HEAD } = wish;
  const repository = fakeRepository(base, head);
  const { head: ends } = await repository.readChange({}, signal);
  const asked: string[] = [];
  const commit: ShippedCommit = {
    commit: "b".repeat(40),
    tree: ends.tree,
    time: "2026-05-01T10:00:00.000Z",
    branch: "main",
    source: null,
    ...wish.commit,
  };
  const image = {
    name: "node-24",
    digest: sha256Digest("base"),
    architecture: "amd64",
    layers: [],
    environment: [],
    user: "65532:65532",
    entrypoint: ["/usr/bin/node"],
  } as const;
  const refuse = () => Promise.reject(new Error("not asked for"));
  const yard: Shipyard = {
    readHead: () => Promise.resolve(commit),
    openBase: (recipe) => {
      asked.push(recipe);
      return Promise.resolve({ image, parts: [] });
    },
    makeAppLayer: refuse,
    makeDependencyLayer: refuse,
    openLayer: () => {
      throw new Error("not asked for");
    },
  };
  const session = {
    review: () => {
      asked.push("review");
      const review = fakeReview({ findings: [] });
      const ours = { ...review.change.head, tree: wish.seen ?? ends.tree };
      const made = { ...review, change: { ...review.change, head: ours } };
      return Promise.resolve(wish.review?.(made) ?? made);
    },
  };
  const options = { progress: () => undefined, signal };
  const planned = planShipment({ repository }, session, yard, options);
  return { asked, planned };
}

describe("planShipment", () => {
  test("plans what passed: the commit's files without tests, started without a shell", async () => {
    const { asked, planned } = await plan();
    const shipment = await planned;
    expect(shipment).toMatchObject({
      kind: "ready",
      dependencies: null,
      service: { name: "shop", version: "1.0.0", argv: ["src/a.js"] },
      contents: { leftOut: ["test/a.test.js"] },
    });
    expect(shipment).toHaveProperty(
      "dockerfile",
      expect.stringContaining('["/usr/bin/node","src/a.js"]'),
    );
    expect(asked).toEqual(["review", "node-24"]);
  });

  test.for([
    ["a detached HEAD", { commit: { branch: null } }, /detached/u],
    ["a tree that is not the commit", { commit: { tree: "e".repeat(64) } }, /not the commit/u],
    ["a commit without a change", { base: HEAD }, /no change/u],
  ] as const)("refuses %s before anything is run", async ([, wish, message]) => {
    const { asked, planned } = await plan(wish);
    await expect(planned).rejects.toMatchObject({
      code: "not-shippable",
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(/\S/u),
    });
    expect(asked).toEqual([]);
  });

  test("refuses a file that was saved while the change was run", async () => {
    const { asked, planned } = await plan({ seen: "e".repeat(64) });
    await expect(planned).rejects.toMatchObject({ code: "not-shippable" });
    expect(asked).toEqual(["review"]);
  });

  test.for(["fail", "unproven"] as const)(
    "hands back a verdict of %s and builds nothing",
    async (status) => {
      const review = (made: Review): Review => ({ ...made, verdict: { ...made.verdict, status } });
      const { asked, planned } = await plan({ review });
      expect(await planned).toMatchObject({ kind: "refused", review: { verdict: { status } } });
      expect(asked).toEqual(["review"]);
    },
  );

  test("refuses a pass without a run: the policy may not ask for one, but shipping does", async () => {
    const { planned } = await plan({ review: (made) => ({ ...made, runs: null }) });
    await expect(planned).rejects.toMatchObject({ message: expect.stringMatching(/not run/u) });
  });

  test.for([
    ["no manifest", { "src/a.js": "2" }, /no package\.json/u],
    ["a Dockerfile instead of one", { Dockerfile: "FROM x", "src/a.js": "2" }, /Dockerfile/u],
    [
      "dependencies without a lock file",
      { ...HEAD, "package.json": '{"dependencies":{"a":"1"},"main":"src/a.js"}' },
      /package-lock\.json/u,
    ],
    [
      "a start script for a shell",
      { ...HEAD, "package.json": '{"scripts":{"start":"a && b"}}' },
      /no shell/u,
    ],
    [
      "a start script that is not committed",
      { ...HEAD, "package.json": '{"main":"b.js"}' },
      /not in the commit/u,
    ],
    ["an unreadable .dockerignore", { ...HEAD, ".dockerignore": "[" }, /cannot be read/u],
  ] as const)("refuses %s", async ([, head, message]) => {
    const { planned } = await plan({ head });
    await expect(planned).rejects.toMatchObject({
      code: "not-shippable",
      message: expect.stringMatching(message),
    });
  });
});
