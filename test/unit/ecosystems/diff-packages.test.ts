import { assert as assertThat, array, constantFrom, property, record } from "fast-check";
import { describe, expect, test } from "vitest";

import { diffPackages } from "../../../server/ecosystems/diff-packages.ts";
import type { Package } from "../../../server/ecosystems/ecosystem.ts";

function pkg(name: string, version: string, more: Partial<Package> = {}): Package {
  return {
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
    ecosystem: "npm",
    line: 1,
    direct: true,
    dev: false,
    source: "registry",
    integrity: null,
    ...more,
  };
}

describe("diffPackages", () => {
  test("tells what came, what went and what moved", () => {
    const [a1, a2, b, c] = [pkg("a", "1"), pkg("a", "2"), pkg("b", "1"), pkg("c", "1")];
    expect(diffPackages([a1, b], [a2, c])).toEqual({
      added: [c],
      removed: [b],
      changed: [{ before: a1, after: a2 }],
    });
  });

  test("notices another source or another hash of the same version", () => {
    const before = pkg("a", "1", { integrity: "sha512-x" });
    const swapped = pkg("a", "1", { integrity: "sha512-y" });
    const moved = pkg("a", "1", { integrity: "sha512-x", source: "https://evil.example/a.tgz" });
    expect(diffPackages([before], [swapped]).changed).toEqual([{ before, after: swapped }]);
    expect(diffPackages([before], [moved]).changed).toEqual([{ before, after: moved }]);
  });

  test("leaves out what only stands on another line", () => {
    const { added, removed, changed } = diffPackages([pkg("a", "1")], [pkg("a", "1", { line: 9 })]);
    expect([added, removed, changed]).toEqual([[], [], []]);
  });

  test("keeps packages of two ecosystems apart", () => {
    const npm = pkg("a", "1");
    const pypi = pkg("a", "1", { ecosystem: "pypi" });
    expect(diffPackages([npm], [pypi])).toMatchObject({ added: [pypi], removed: [npm] });
  });

  test("is empty against itself, and mirrored the other way round", () => {
    const packages = array(
      record({ name: constantFrom("a", "b", "__proto__"), version: constantFrom("1", "2", "3") }),
    ).map((list) => list.map(({ name, version }) => pkg(name, version)));
    assertThat(
      property(packages, packages, (before, after) => {
        expect(diffPackages(before, before)).toEqual({ added: [], removed: [], changed: [] });
        const there = diffPackages(before, after);
        const back = diffPackages(after, before);
        expect(there.added.length).toBe(back.removed.length);
        expect(there.changed.length).toBe(back.changed.length);
      }),
    );
  });
});
