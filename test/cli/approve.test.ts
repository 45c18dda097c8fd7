import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { makeSshKey } from "../adapters/signing/keys.ts";
import { type End, git, parseOutput, plant, scratch, shipgate } from "./shipgate.ts";

const POLICY =
  "version: 1\nrequire: []\nrules:\n  sandbox/could-not-run: off\nprotected-paths: [guarded/]\n";
/** What assistants mark their shells with must not decide what these tests see. */
const PERSON = {
  CLAUDECODE: "",
  CURSOR_AGENT: "",
  GEMINI_CLI: "",
  CODEX_SANDBOX: "",
  COPILOT_CLI: "",
};

interface Place {
  readonly root: string;
  readonly keys: Readonly<
    Record<"ada" | "bob" | "eve", { readonly file: string; readonly line: string }>
  >;
  readonly gate: (...args: readonly string[]) => Promise<End>;
  readonly signAs: (name: "ada" | "bob" | "eve") => Promise<void>;
}

/** A repository whose base lists Ada and Bob as approvers, and a change of a guarded file. */
async function changed(policy: string): Promise<Place> {
  const folder = await scratch();
  const root = join(folder, "shop");
  await plant(root, {});
  await git(folder, "init", "--quiet", "-b", "main", root);
  const entries = (["ada", "bob", "eve"] as const).map((name) => {
    const { file, key } = makeSshKey(folder, "ed25519", name);
    return [name, { file, line: `${name}@shop.example ${key.type} ${key.blob}` }] as const;
  });
  const keys = Object.fromEntries(entries) as Place["keys"];
  await plant(root, {
    "shipgate.yaml": POLICY + policy,
    ".shipgate/allowed-signers": `${keys.ada.line}\n${keys.bob.line}\n`,
    "guarded/price.txt": "1\n",
  });
  await git(root, "add", "-A");
  await git(root, "commit", "--quiet", "-m", "Base");
  await git(root, "switch", "--quiet", "-c", "feature");
  await git(root, "config", "user.email", "author@shop.example");
  await git(root, "config", "user.name", "Author");
  await git(root, "config", "gpg.format", "ssh");
  await plant(root, { "guarded/price.txt": "2\n" });
  return {
    root,
    keys,
    gate: (...args) => shipgate(["-C", root, ...args], { env: PERSON }),
    signAs: async (name) => void (await git(root, "config", "user.signingKey", keys[name].file)),
  };
}

async function statusOf(place: Place, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await place.gate("check", "--no-run", "--format", "json", ...args);
  return (parseOutput("check", stdout)["verdict"] as { readonly status: string }).status;
}

async function approve(place: Place, ...args: readonly string[]) {
  const end = await place.gate("approve", "--format", "json", ...args);
  return { code: end.code, ...parseOutput("approve", end.stdout) };
}

describe("approve", () => {
  test("a listed person's approval lets a guarded change pass, and any edit voids it", async () => {
    const place = await changed("approvals: { count: 1 }\n");
    expect(await statusOf(place)).toBe("fail");
    await place.signAs("ada");
    expect(await approve(place, "--reason", "The new price is right")).toMatchObject({
      code: 0,
      by: "ada@shop.example",
      state: "counts",
      status: "pass",
    });
    expect(await statusOf(place)).toBe("pass");
    const text = (await place.gate("check", "--no-run")).stdout;
    expect(text).toContain("✓ ada@shop.example");
    expect(text).toContain("Accepted by ada@shop.example: The new price is right");
    await plant(place.root, { "guarded/price.txt": "20000\n" });
    expect(await statusOf(place)).toBe("fail");
    await plant(place.root, { "guarded/price.txt": "2\n" });
    expect(await statusOf(place)).toBe("pass");
    const kept = await readFile(join(place.root, ".git/shipgate/journal/entries.jsonl"), "utf8");
    expect(kept).toContain('"kind":"approval"');
  });

  test("a required approval that is missing leaves the change unproven and costs points", async () => {
    const place = await changed("approvals: {}\nexceptions: []\n");
    await plant(place.root, { "guarded/price.txt": "1\n", "free.txt": "new\n" });
    const before = JSON.parse((await place.gate("check", "--no-run", "--format", "json")).stdout);
    expect(before).toMatchObject({ verdict: { status: "unproven" } });
    await place.signAs("bob");
    await approve(place);
    const after = JSON.parse((await place.gate("check", "--no-run", "--format", "json")).stdout);
    expect(after).toMatchObject({ verdict: { status: "pass" } });
    expect(after.score.value).toBe(before.score.value + 5);
  });

  test("two people are two people", async () => {
    const place = await changed("approvals: { count: 2 }\n");
    await place.signAs("ada");
    expect(await approve(place)).toMatchObject({ state: "counts", status: "fail" });
    expect(await approve(place)).toMatchObject({ state: "repeated", code: 1 });
    await place.signAs("bob");
    expect(await approve(place)).toMatchObject({ state: "counts", status: "pass" });
  });

  test("the author cannot approve where the policy says so", async () => {
    const place = await changed("approvals: { not-author: true }\n");
    await git(place.root, "config", "user.email", "Ada@shop.example");
    await place.signAs("ada");
    expect(await approve(place)).toMatchObject({ state: "author", status: "fail", code: 1 });
    await place.signAs("bob");
    expect(await approve(place)).toMatchObject({ state: "counts", status: "pass" });
  });

  test("the author of a commit is told from who approves it", async () => {
    const place = await changed("approvals: { not-author: true, by: [ada@shop.example] }\n");
    await git(place.root, "commit", "--quiet", "-am", "Price", "--author=A <ada@shop.example>");
    await place.signAs("ada");
    expect(await approve(place)).toMatchObject({ state: "author" });
    await place.signAs("bob");
    expect(await approve(place)).toMatchObject({ state: "not-asked" });
  });

  test("a change cannot add its own approver", async () => {
    const place = await changed("approvals: { count: 1 }\n");
    await plant(place.root, { ".shipgate/allowed-signers": `${place.keys.eve.line}\n` });
    await place.signAs("eve");
    expect(await approve(place)).toMatchObject({ by: null, state: "not-listed", status: "fail" });
    await git(place.root, "add", "-A");
    await git(place.root, "commit", "--quiet", "-m", "Let me in");
    expect(await approve(place)).toMatchObject({ by: null, state: "not-listed", status: "fail" });
    const { stdout } = await place.gate("check", "--no-run");
    expect(stdout).toContain("edits .shipgate/allowed-signers");
  });

  test("an approval that was changed on the disk does not count", async () => {
    const place = await changed("approvals: { count: 1 }\n");
    await place.signAs("ada");
    const { tree } = (await approve(place)) as { readonly tree?: string };
    const folder = join(place.root, ".git/shipgate/approvals", tree ?? "");
    const [name = ""] = await readdir(folder);
    const envelope = JSON.parse(await readFile(join(folder, name), "utf8"));
    const statement = Buffer.from(envelope.payload, "base64").toString();
    envelope.payload = Buffer.from(statement.replace("2", "3")).toString("base64");
    await writeFile(join(folder, name), JSON.stringify(envelope));
    expect(await statusOf(place)).toBe("fail");
  });

  test("an approval of another tree that is put in this tree's place does not count", async () => {
    const place = await changed("approvals: { count: 1 }\n");
    await place.signAs("ada");
    const { tree: first = "" } = (await approve(place)) as { readonly tree?: string };
    await plant(place.root, { "guarded/price.txt": "3\n" });
    const { tree: second = "" } = JSON.parse(
      (await place.gate("approvals", "--format", "json")).stdout,
    );
    expect(second).not.toBe(first);
    const folder = join(place.root, ".git/shipgate/approvals");
    const [name = ""] = await readdir(join(folder, first));
    await plant(join(folder, second), {
      [name]: await readFile(join(folder, first, name), "utf8"),
    });
    const { stdout } = await place.gate("approvals", "--format", "json");
    expect(parseOutput("approvals", stdout)).toMatchObject({
      approvals: [{ by: "ada@shop.example", state: "other-content" }],
    });
    expect(await statusOf(place)).toBe("fail");
  });

  test("an approval in the note of a commit counts in another clone", async () => {
    const place = await changed("approvals: { count: 1 }\n");
    await git(place.root, "commit", "--quiet", "-am", "Price");
    await place.signAs("ada");
    expect(await approve(place, "--head", "HEAD", "--note")).toMatchObject({ state: "counts" });
    const clone = join(await scratch(), "clone");
    await git(place.root, "clone", "--quiet", place.root, clone);
    const there = {
      ...place,
      gate: (...args: readonly string[]) => shipgate(["-C", clone, ...args]),
    };
    const selection = ["--base", "origin/main", "--head", "origin/feature"];
    expect(await statusOf(there, ...selection)).toBe("fail");
    await git(clone, "fetch", "--quiet", "origin", "refs/notes/shipgate:refs/notes/shipgate");
    expect(await statusOf(there, ...selection)).toBe("pass");
  });

  test("an assistant's shell is refused", async () => {
    const place = await changed("");
    await place.signAs("ada");
    const end = await shipgate(["-C", place.root, "approve"], {
      env: { ...PERSON, CLAUDECODE: "1" },
    });
    expect(end).toMatchObject({ code: 3, stdout: "" });
    expect(end.stderr).toContain("a person has to look");
  });

  test("a line of the list that trusts nobody is told", async () => {
    const place = await changed("");
    await git(place.root, "switch", "--quiet", "--discard-changes", "main");
    await plant(place.root, { ".shipgate/allowed-signers": `* ${place.keys.eve.line}\n` });
    await git(place.root, "commit", "--quiet", "-am", "Everybody");
    const end = await place.gate("approvals", "--format", "json");
    expect(parseOutput("approvals", end.stdout)).toMatchObject({ problems: [{ line: 1 }] });
    const { stdout } = await place.gate("approvals");
    expect(stdout).toContain(".shipgate/allowed-signers:1: ");
  });

  test("without a change there is nothing to approve", async () => {
    const place = await changed("");
    await plant(place.root, { "guarded/price.txt": "1\n" });
    expect(await place.gate("approve")).toMatchObject({ code: 3, stdout: "" });
  });
});

describe("key", () => {
  test("a key is made, shown, and signs where git signs with none", async () => {
    const place = await changed("approvals: { count: 1 }\n");
    await git(place.root, "config", "gpg.format", "openpgp");
    const home = await scratch();
    const env = { ...PERSON, XDG_CONFIG_HOME: home, SHIPGATE_KEY_PASSPHRASE: "a long passphrase" };
    const made = await shipgate(["-C", place.root, "key", "create", "--format", "json"], { env });
    const shown = await shipgate(["-C", place.root, "key", "show", "--format", "json"], { env });
    expect(parseOutput("key", shown.stdout)).toEqual(parseOutput("key", made.stdout));
    expect(made.stdout).toContain(
      'author@shop.example namespaces=\\"shipgate\\" ecdsa-sha2-nistp256',
    );
    const given = await shipgate(["-C", place.root, "approve", "--format", "json"], { env });
    expect(parseOutput("approve", given.stdout)).toMatchObject({ state: "not-listed" });
    const again = await shipgate(["-C", place.root, "key", "create"], { env });
    expect(again.code).toBe(3);
  });

  test("nobody gets an unencrypted key without asking for one", async () => {
    const place = await changed("");
    const env = { XDG_CONFIG_HOME: await scratch(), SHIPGATE_KEY_PASSPHRASE: "" };
    const refused = await shipgate(["-C", place.root, "key", "create"], { env });
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    const made = await shipgate(["-C", place.root, "key", "create", "--unencrypted"], { env });
    expect(made.code).toBe(0);
    expect(made.stdout).not.toContain("PRIVATE");
  });
});
