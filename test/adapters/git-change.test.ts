import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openRepository } from "../../server/adapters/git/repository.ts";
import type { ChangeSelection, RawChange } from "../../server/engine/ports.ts";
import { quiet } from "./quiet-log.ts";
import { makeFolder, makeRepository, scratch } from "./scratch-repository.ts";

const signal = new AbortController().signal;

async function readChange(root: string, selection: ChangeSelection = {}): Promise<RawChange> {
  return (await openRepository(root, { log: quiet })).readChange(selection, signal);
}

const brief = (change: RawChange) =>
  change.files.map((file) => `${file.status} ${file.path}`).toSorted();

describe("readChange of the working tree", () => {
  test("tells staged, unstaged, untracked, deleted and renamed files with their lines", async () => {
    const repo = makeRepository();
    repo.write("kept.txt", "1\n2\n3\n");
    repo.write("gone.txt", "gone\n");
    repo.write("old name.txt", "a\nb\nc\nd\ne\nf\n");
    const base = repo.commitAll();
    repo.git("switch", "-q", "-c", "feature");
    repo.write("committed.txt", "committed\n");
    repo.commitAll();
    repo.write("staged.txt", "staged\n");
    repo.git("add", "staged.txt");
    repo.write("kept.txt", "1\ntwo\n3\nfour\n");
    repo.write("new/untracked.txt", "x\ny");
    repo.write("ignored.log", "x");
    repo.write(".gitignore", "*.log\n");
    rmSync(join(repo.root, "gone.txt"));
    renameSync(join(repo.root, "old name.txt"), join(repo.root, "new name.txt"));

    const change = await readChange(repo.root);
    expect(change.base.commit).toBe(base);
    expect(change.branch).toBe("feature");
    expect(change.head.kind).toBe("working-tree");
    expect(brief(change)).toEqual([
      "added .gitignore",
      "added committed.txt",
      "added new/untracked.txt",
      "added staged.txt",
      "deleted gone.txt",
      "modified kept.txt",
      "renamed new name.txt",
    ]);
    const lines = Object.fromEntries(
      change.files.map((file) => [file.path, [file.addedLines, file.removedLineCount]]),
    );
    expect(lines["kept.txt"]).toEqual([
      [
        { start: 2, end: 2 },
        { start: 4, end: 4 },
      ],
      1,
    ]);
    expect(lines["new/untracked.txt"]).toEqual([[{ start: 1, end: 2 }], 0]);
    expect(lines["gone.txt"]).toEqual([[], 1]);
    const renamed = change.files.find((file) => file.status === "renamed");
    expect(renamed?.before?.path).toBe("old name.txt");
    expect(renamed?.addedLines).toEqual([]);
  });

  test("leaves the user's index, objects, refs and files as they were", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "a\n");
    repo.commitAll();
    repo.write("a.txt", "changed\n");
    repo.write("b.txt", "untracked\n");
    const index = readFileSync(join(repo.root, ".git/index"));
    const objects = repo.git("count-objects", "-v");
    const before = statSync(join(repo.root, ".git/index")).mtimeMs;
    const change = await readChange(repo.root);
    expect(change.files).toHaveLength(2);
    expect(readFileSync(join(repo.root, ".git/index")).equals(index)).toBe(true);
    expect(statSync(join(repo.root, ".git/index")).mtimeMs).toBe(before);
    expect(repo.git("count-objects", "-v")).toBe(objects);
    expect(repo.git("status", "--porcelain")).toBe(" M a.txt\n?? b.txt");
  });

  test("has the same tree and files however often it is read", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "a\n");
    repo.commitAll();
    repo.write("b.txt", "b\n");
    expect(await readChange(repo.root)).toEqual(await readChange(repo.root));
  });

  test("sees a file that was written in the same tick as the index, with the same size", async () => {
    const repo = makeRepository();
    for (let round = 0; round < 10; round += 1) {
      repo.write("racy.txt", `aaa${round}`);
      repo.commitAll();
      repo.write("racy.txt", `bbb${round}`);
      expect(brief(await readChange(repo.root))).toEqual(["modified racy.txt"]);
    }
  });

  test("sees an edit that is hidden by assume-unchanged or by an old modification time", async () => {
    const repo = makeRepository();
    repo.write("hidden.js", "good\n");
    repo.write("dated.js", "good\n");
    repo.commitAll();
    const { atime, mtime } = statSync(join(repo.root, "dated.js"));
    repo.git("update-index", "--assume-unchanged", "hidden.js");
    repo.write("hidden.js", "evil\n");
    repo.write("dated.js", "evil\n");
    utimesSync(join(repo.root, "dated.js"), atime, mtime);
    expect(brief(await readChange(repo.root))).toEqual(["modified dated.js", "modified hidden.js"]);
  });

  test.for([
    ["spaces", "a folder/with spaces.txt"],
    ["a line break", "line\nbreak/file\n.txt"],
    ["letters that are not ASCII", "über/Ünïcödé 文件.txt"],
    ["a leading dash", "-rf/--help"],
    ["quotes, backslashes and wildcards", 'a"b\\c/*[x]?.txt'],
    ["a pathspec's magic", ":(top)x.txt"],
  ])("takes a path with %s as it is", async ([, path]) => {
    const repo = makeRepository();
    repo.commitAll();
    repo.write(path ?? "", "x\n");
    const change = await readChange(repo.root);
    expect(change.files.map((file) => file.path)).toEqual([path]);
  });

  test("works where the repository's own path has spaces, line breaks, colons and other letters", async () => {
    const repo = makeRepository({ root: join(makeFolder(), 'odd\n"name": ü') });
    repo.write("a.txt", "a\n");
    repo.commitAll();
    repo.write("a.txt", "b\n");
    const repository = await openRepository(join(repo.root), { log: quiet });
    expect(repository.root).toBe(repo.root);
    const change = await repository.readChange({}, signal);
    expect(brief(change)).toEqual(["modified a.txt"]);
    const blob = change.files[0]?.after?.blob ?? "";
    expect((await repository.readTexts([blob], signal)).get(blob)).toBe("b\n");
    const before = change.files[0]?.before?.blob ?? "";
    expect((await repository.readTexts([before], signal)).get(before)).toBe("a\n");
  });

  test("tells mode changes, links, type changes and folders that replace files", async () => {
    const repo = makeRepository();
    for (const path of ["run.sh", "turns-link", "turns-folder"]) repo.write(path, `${path}\n`);
    repo.commitAll();
    chmodSync(join(repo.root, "run.sh"), 0o755);
    for (const path of ["turns-link", "turns-folder"]) rmSync(join(repo.root, path));
    symlinkSync("/etc/passwd", join(repo.root, "turns-link"));
    symlinkSync("run.sh", join(repo.root, "new-link"));
    repo.write("turns-folder/inside.txt", "something else\n");
    const change = await readChange(repo.root);
    expect(brief(change)).toEqual([
      "added new-link",
      "added turns-folder/inside.txt",
      "deleted turns-folder",
      "modified run.sh",
      "type-changed turns-link",
    ]);
    const byPath = new Map(change.files.map((file) => [file.path, file]));
    expect(byPath.get("run.sh")?.after?.mode).toBe("100755");
    expect(byPath.get("run.sh")?.addedLines).toEqual([]);
    expect(byPath.get("new-link")?.after?.mode).toBe("120000");
    expect(byPath.get("new-link")?.opaque).toBe(true);
  });

  test("calls binary and huge files opaque, and a stray byte does not hide a source file", async () => {
    const repo = makeRepository();
    repo.commitAll();
    repo.write("image.bin", Buffer.from([0xff, 0xd8, 0, 1, 2]));
    repo.write("huge.txt", Buffer.alloc(9 * 1024 * 1024, "x\n"));
    repo.write("latin.js", Buffer.from("// caf\u00e9\nevil()\n", "latin1"));
    repo.write("nul.js", "// \0\nevil()\n");
    const change = await readChange(repo.root);
    const opaque = change.files.filter((file) => file.opaque).map((file) => file.path);
    expect(opaque).toEqual(["huge.txt", "image.bin"]);
    expect(change.files.find((file) => file.path === "nul.js")?.addedLines).toEqual([
      { start: 1, end: 2 },
    ]);
  });

  test("takes submodules as one entry and leaves repositories inside the repository out", async () => {
    const library = makeRepository();
    library.write("lib.txt", "1\n");
    library.commitAll();
    const repo = makeRepository();
    repo.commitAll();
    repo.git("submodule", "--quiet", "add", library.root, "vendor/lib");
    const nested = makeRepository({ root: join(repo.root, "nested") });
    nested.write("x.txt", "x\n");
    makeRepository({ root: join(repo.root, "empty nested") });
    const change = await readChange(repo.root);
    expect(brief(change)).toEqual(["added .gitmodules", "added vendor/lib"]);
    const submodule = change.files.find((file) => file.path === "vendor/lib");
    expect(submodule?.after?.mode).toBe("160000");
    expect(submodule?.opaque).toBe(true);
    const moved = scratch(join(repo.root, "vendor/lib"));
    moved.write("lib.txt", "2\n");
    const commit = moved.commitAll();
    const again = await readChange(repo.root);
    expect(again.files.find((file) => file.path === "vendor/lib")?.after?.blob).toBe(commit);
  });

  test("works in the middle of a merge with conflicts", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "base\n");
    repo.commitAll();
    repo.git("switch", "-q", "-c", "other");
    repo.write("a.txt", "theirs\n");
    repo.commitAll();
    repo.git("switch", "-q", "main");
    repo.write("a.txt", "ours\n");
    repo.commitAll();
    expect(() => repo.git("merge", "other")).toThrow(/merge other/u);
    const change = await readChange(repo.root);
    expect(change.files[0]?.addedLines).toEqual([
      { start: 1, end: 1 },
      { start: 3, end: 5 },
    ]);
    await expect(readChange(repo.root, { staged: true })).rejects.toMatchObject({
      code: "git-failed",
      message: "The index has conflicts that are not resolved.",
    });
  });

  test("a sparse checkout is no deletion", async () => {
    const repo = makeRepository();
    repo.write("in/a.txt", "a\n");
    repo.write("out/b.txt", "b\n");
    repo.commitAll();
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "in");
    expect(existsSync(join(repo.root, "out"))).toBe(false);
    repo.write("in/a.txt", "changed\n");
    expect(brief(await readChange(repo.root))).toEqual(["modified in/a.txt"]);
  });

  test("an object format of SHA-256 works the same", async () => {
    const repo = makeRepository({ init: ["--object-format=sha256"] });
    repo.write("a.txt", "a\n");
    repo.commitAll();
    repo.write("a.txt", "b\n");
    const change = await readChange(repo.root);
    expect(change.files[0]?.after?.blob).toMatch(/^[0-9a-f]{64}$/u);
    expect(change.files[0]?.addedLines).toEqual([{ start: 1, end: 1 }]);
  });
});

describe("readChange of other heads", () => {
  test("takes the index and not what is on disk when asked for what is staged", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "1\n");
    repo.commitAll();
    repo.write("a.txt", "staged\n");
    repo.git("add", "a.txt");
    repo.write("a.txt", "on disk\n");
    repo.write("b.txt", "untracked\n");
    const change = await readChange(repo.root, { staged: true });
    expect(change.head.kind).toBe("index");
    expect(change.files.map((file) => file.after?.blob)).toEqual([repo.git("rev-parse", ":a.txt")]);
  });

  test("takes another index where a hook names one", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "1\n");
    repo.commitAll();
    const indexFile = join(makeFolder(), "next-index");
    repo.git("read-tree", `--index-output=${indexFile}`, "--empty");
    const repository = await openRepository(repo.root, { log: quiet, indexFile });
    const change = await repository.readChange({ staged: true }, signal);
    expect(brief(change)).toEqual(["deleted a.txt"]);
  });

  test("takes a commit against a base that was named", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "1\n");
    const first = repo.commitAll();
    repo.write("a.txt", "2\n");
    const second = repo.commitAll();
    repo.write("a.txt", "3\n");
    repo.commitAll();
    const change = await readChange(repo.root, { base: first, head: second });
    expect([change.base.commit, change.head.commit, change.head.kind]).toEqual([
      first,
      second,
      "commit",
    ]);
    expect(change.files).toHaveLength(1);
  });

  test.for(["--upload-pack=evil", "no-such-branch", "HEAD:a.txt", "-h", "", "a\nb", "@{evil"])(
    "refuses %j as a revision",
    async (revision) => {
      const repo = makeRepository();
      repo.write("a.txt", "1\n");
      repo.commitAll();
      for (const selection of [{ base: revision }, { head: revision }]) {
        await expect(readChange(repo.root, selection)).rejects.toMatchObject({ code: "bad-usage" });
      }
    },
  );
});

describe("the base that is taken when none is asked for", () => {
  function cloneWithBranch(): { upstream: string; clone: ReturnType<typeof scratch> } {
    const origin = makeRepository();
    origin.write("a.txt", "1\n");
    origin.commitAll();
    const root = join(makeFolder(), "clone");
    origin.git("clone", "-q", origin.root, root);
    return { upstream: origin.git("rev-parse", "HEAD"), clone: scratch(root) };
  }

  test("is the merge base with the remote's default branch, on a branch and on the default itself", async () => {
    const { upstream, clone } = cloneWithBranch();
    clone.write("a.txt", "2\n");
    clone.commitAll();
    expect((await readChange(clone.root)).base.commit).toBe(upstream);
    clone.git("switch", "-q", "-c", "feature");
    clone.write("b.txt", "b\n");
    clone.commitAll();
    const change = await readChange(clone.root);
    expect(change.base.commit).toBe(upstream);
    expect(brief(change)).toEqual(["added b.txt", "modified a.txt"]);
  });

  test("is found without origin/HEAD and under another remote's name", async () => {
    const { upstream, clone } = cloneWithBranch();
    clone.git("remote", "set-head", "origin", "--delete");
    clone.write("a.txt", "2\n");
    clone.commitAll();
    expect((await readChange(clone.root)).base.commit).toBe(upstream);
    clone.git("remote", "set-head", "origin", "main");
    clone.git("remote", "rename", "origin", "my/fork");
    expect((await readChange(clone.root)).base.commit).toBe(upstream);
  });

  test("is HEAD on the default branch of a repository without a remote", async () => {
    const repo = makeRepository();
    repo.write("a.txt", "1\n");
    repo.commitAll();
    repo.write("a.txt", "2\n");
    const head = repo.commitAll();
    repo.write("a.txt", "3\n");
    const change = await readChange(repo.root);
    expect(change.base.commit).toBe(head);
    expect(change.files).toHaveLength(1);
  });

  test("is HEAD where the only branch has a name of its own", async () => {
    const repo = makeRepository();
    repo.git("checkout", "-q", "-b", "release-7");
    const head = repo.commitAll();
    expect((await readChange(repo.root)).base.commit).toBe(head);
  });

  test("is an error with a way out where no branch is the default", async () => {
    const repo = makeRepository();
    repo.git("checkout", "-q", "-b", "one");
    repo.commitAll();
    repo.git("branch", "two");
    await expect(readChange(repo.root)).rejects.toMatchObject({
      code: "no-base",
      remedy: expect.stringContaining("--base"),
    });
  });

  test("is an error where the histories have nothing in common", async () => {
    const repo = makeRepository();
    repo.commitAll();
    repo.git("checkout", "-q", "--orphan", "other");
    repo.commitAll("Another beginning");
    await expect(readChange(repo.root)).rejects.toMatchObject({ code: "no-base" });
  });

  test("works for a detached HEAD, which has no branch", async () => {
    const repo = makeRepository();
    const base = repo.commitAll();
    repo.git("checkout", "-q", "--detach");
    repo.write("a.txt", "1\n");
    repo.commitAll();
    const change = await readChange(repo.root);
    expect(change.branch).toBeNull();
    expect(change.base.commit).toBe(base);
    expect(brief(change)).toEqual(["added a.txt"]);
  });

  test("is read in a linked worktree with its own HEAD and files, and state in the common folder", async () => {
    const repo = makeRepository();
    const base = repo.commitAll();
    const root = join(makeFolder(), "linked tree");
    repo.git("worktree", "add", "-q", "-b", "linked", root);
    const linked = scratch(root);
    linked.write("l.txt", "1\n");
    repo.write("m.txt", "1\n");
    const repository = await openRepository(root, { log: quiet });
    const change = await repository.readChange({}, signal);
    expect([change.branch, change.base.commit]).toEqual(["linked", base]);
    expect(brief(change)).toEqual(["added l.txt"]);
    expect(repository.stateDir).toBe(join(repo.root, ".git/shipgate"));
  });
});

describe("what a hostile repository may not do", () => {
  test("no filter, hook, monitor or external diff of its configuration runs", async () => {
    const repo = makeRepository();
    const proof = join(makeFolder(), "ran");
    const script = `touch '${proof}'; cat`;
    repo.write(".gitattributes", "* filter=evil diff=evil\n*.p filter=dotted.name\n");
    repo.write("a.txt", "1\n");
    repo.write("a.p", "1\n");
    repo.commitAll();
    for (const [name, value] of [
      ["filter.evil.clean", script],
      ["filter.evil.smudge", script],
      ["filter.evil.required", "true"],
      ["filter.dotted.name.process", script],
      ["filter.dotted.name.required", "true"],
      ["core.fsmonitor", `${script};false`],
      ["diff.external", script],
      ["diff.evil.textconv", script],
      ["core.pager", script],
      ["core.sshCommand", script],
    ]) {
      repo.git("config", name ?? "", value ?? "");
    }
    mkdirSync(join(repo.root, ".git/hooks"), { recursive: true });
    for (const hook of ["post-index-change", "pre-auto-gc", "reference-transaction"]) {
      repo.write(`.git/hooks/${hook}`, `#!/bin/sh\n${script}\n`);
      chmodSync(join(repo.root, ".git/hooks", hook), 0o755);
    }
    rmSync(proof, { force: true });
    repo.write("a.txt", "2\n");
    repo.write("a.p", "2\n");
    repo.write("b.txt", "2\n");
    const change = await readChange(repo.root);
    await readChange(repo.root, { staged: true });
    expect(brief(change)).toEqual(["added b.txt", "modified a.p", "modified a.txt"]);
    expect(existsSync(proof)).toBe(false);
  });

  test("export-ignore hides nothing from a listing", async () => {
    const repo = makeRepository();
    repo.commitAll();
    repo.write(".gitattributes", "evil.js export-ignore\n");
    repo.write("evil.js", "evil()\n");
    const repository = await openRepository(repo.root, { log: quiet });
    const change = await repository.readChange({}, signal);
    const tree = await repository.listTree(change.head.tree, signal);
    expect(tree.map((entry) => entry.path)).toContain("evil.js");
  });

  test("replaced objects are not believed", async () => {
    const repo = makeRepository();
    repo.write("shipgate.yaml", "block: error\n");
    const base = repo.commitAll();
    const tree = repo.git("rev-parse", `${base}^{tree}`);
    repo.git("rm", "-q", "shipgate.yaml");
    const other = repo.commitAll();
    repo.git("reset", "-q", "--hard", base);
    repo.git("replace", base, other);
    expect((await readChange(repo.root)).base.tree).toBe(tree);
  });
});
