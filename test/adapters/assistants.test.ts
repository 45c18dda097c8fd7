import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import * as fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, test } from "vitest";

import { type Assistant, ASSISTANTS } from "../../server/adapters/assistants/assistants.ts";
import {
  findAssistants,
  type Place,
  planConnect,
  planDisconnect,
  writePlan,
} from "../../server/adapters/assistants/connect.ts";
import { addHooks, commandsIn, removeHooks } from "../../server/adapters/assistants/hook-file.ts";
import { hookAgents } from "../../server/hooks/run-hook.ts";
import { makeFolder } from "./scratch-repository.ts";

const PROGRAM = ["/opt/node 24/bin/node", "/opt/it's/cli.cjs"];

function makeHome(): Place {
  return { home: makeFolder(), environment: {}, project: null, program: PROGRAM };
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function connect(assistant: Assistant, place: Place): Promise<string> {
  const plan = await planConnect(assistant, place);
  await writePlan(plan, place);
  return plan.file;
}

async function disconnect(assistant: Assistant, place: Place): Promise<void> {
  await writePlan(await planDisconnect(assistant, place), place);
}

const SETTINGS = `{
    // Mine, and to be kept.
    "model": "model-x",   "permissions": {"allow": ["Bash(ls:*)"]},
    "hooks": {
        "PreToolUse": [ { "matcher": "Bash", "hooks": [{"type":"command","command":"my-hook"}] } ],
        "BeforeTool": [], "preToolUse": [{ "command": "mine" }]
    }
}`;

describe.for(ASSISTANTS)("connecting $title", (assistant) => {
  test("calls a hook that there is a dialect for", () => {
    expect(hookAgents()).toContain(assistant.dialect);
  });

  test.for([
    ["no file", null],
    ["an empty file", ""],
    ["an empty object without a line end", "{}"],
    ["settings with comments, own hooks and a layout of their own", SETTINGS],
    ["line ends of Windows and tabs", '{\r\n\t"hooks": {}\r\n}\r\n'],
  ] as const)("with %s can be undone byte for byte", async ([, text]) => {
    const place = makeHome();
    const file = assistant.userFile(place);
    if (text !== null) put(file, text);
    const plan = await planConnect(assistant, place);
    expect(existsSync(file) ? readFileSync(file, "utf8") : null).toBe(text);
    expect(plan.diff).toContain("+");
    await writePlan(plan, place);
    const written = readFileSync(file, "utf8");
    expect(commandsIn(written).length).toBeGreaterThanOrEqual(assistant.entries.length);
    const value = parse(written) as { hooks: Record<string, unknown[]> };
    for (const { event } of assistant.entries)
      expect(value.hooks[event]?.length).toBeGreaterThan(0);
    if (text === SETTINGS) {
      expect(written).toContain("// Mine, and to be kept.");
      expect(written).toContain("my-hook");
    }
    expect((await planConnect(assistant, place)).diff).toBe("");

    await disconnect(assistant, place);
    expect(existsSync(file) ? readFileSync(file, "utf8") : null).toBe(text);
    expect((await planDisconnect(assistant, place)).diff).toBe("");
  });

  test("after an edit of the person only our hooks are taken out", async () => {
    const place = makeHome();
    put(assistant.userFile(place), SETTINGS);
    const file = await connect(assistant, place);
    put(file, readFileSync(file, "utf8").replace('"model-x"', '"model-y"'));
    await disconnect(assistant, place);
    const text = readFileSync(file, "utf8");
    expect(commandsIn(text)).toEqual([]);
    expect(text).toContain("// Mine, and to be kept.");
    expect(text).toContain("model-y");
    expect(text).toContain("my-hook");
  });

  test("a program that moved is connected anew, and not twice", async () => {
    const place = makeHome();
    const file = await connect(assistant, place);
    const count = commandsIn(readFileSync(file, "utf8")).length;
    await connect(assistant, { ...place, program: ["/new/node", "/new/cli.cjs"] });
    const commands = commandsIn(readFileSync(file, "utf8"));
    expect(commands).toHaveLength(count);
    expect(commands.every((command) => command.includes("/new/cli.cjs"))).toBe(true);
    await disconnect(assistant, place);
    expect(existsSync(file)).toBe(false);
  });

  test.for(["[]", "{", '{"hooks": []}', '{"hooks": {"EVENT": {}}}', "\u0000", "null"])(
    "a file with %j is refused and not touched",
    async (content) => {
      const place = makeHome();
      const text = content.replace("EVENT", assistant.entries[0]?.event ?? "");
      put(assistant.userFile(place), text);
      await expect(planConnect(assistant, place)).rejects.toMatchObject({ code: "bad-input" });
      expect(readFileSync(assistant.userFile(place), "utf8")).toBe(text);
    },
  );

  test("what changed after the preview is not overwritten", async () => {
    const place = makeHome();
    const plan = await planConnect(assistant, place);
    put(plan.file, "{}\n");
    await expect(writePlan(plan, place)).rejects.toMatchObject({ code: "bad-input" });
    expect(readFileSync(plan.file, "utf8")).toBe("{}\n");
  });

  test("a project's file calls the program by its name alone and never lies outside", async () => {
    const project = makeFolder();
    const place = { ...makeHome(), project };
    const file = await connect(assistant, place);
    expect(commandsIn(readFileSync(file, "utf8"))[0]).toBe(`shipgate hook ${assistant.dialect}`);

    const hostile = makeFolder();
    const [folder = ""] = assistant.projectFile.split("/");
    symlinkSync(makeFolder(), join(hostile, folder));
    const plan = planConnect(assistant, { ...place, project: hostile });
    await expect(plan).rejects.toMatchObject({ code: "bad-input" });
  });
});

describe("findAssistants", () => {
  test("finds what was used or lies on the PATH, and says what is connected", async () => {
    const place = makeHome();
    const bin = join(place.home, "bin");
    mkdirSync(join(place.home, ".cursor"));
    mkdirSync(bin);
    writeFileSync(join(bin, "codex"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(join(bin, "gemini"), "not to be run\n", { mode: 0o644 });
    const cursor = ASSISTANTS.find(({ name }) => name === "cursor");
    if (cursor !== undefined) await connect(cursor, place);
    const found = await findAssistants({ ...place, environment: { PATH: `relative:${bin}` } });
    const names = found.filter(({ isFound }) => isFound).map(({ assistant }) => assistant.name);
    expect(names).toEqual(["cursor", "codex"]);
    const connected = found.filter(({ isConnected }) => isConnected);
    expect(connected.map(({ assistant }) => assistant.name)).toEqual(["cursor"]);
  });

  test("goes where the assistants' own variables point to", async () => {
    const place = makeHome();
    const environment = { CLAUDE_CONFIG_DIR: join(place.home, "elsewhere") };
    const [claude] = ASSISTANTS;
    if (claude === undefined) throw new Error("There are no assistants.");
    const file = await connect(claude, { ...place, environment });
    expect(file).toBe(join(place.home, "elsewhere/settings.json"));
  });

  test("settings that are a link stay a link", async () => {
    const place = makeHome();
    const [claude] = ASSISTANTS;
    if (claude === undefined) throw new Error("There are no assistants.");
    const kept = join(place.home, "dotfiles/claude.json");
    put(kept, "{}\n");
    mkdirSync(join(place.home, ".claude"));
    symlinkSync(kept, claude.userFile(place));
    await connect(claude, place);
    expect(readlinkSync(claude.userFile(place))).toBe(kept);
    expect(commandsIn(readFileSync(kept, "utf8")).length).toBeGreaterThan(0);
    await disconnect(claude, place);
    expect(readFileSync(kept, "utf8")).toBe("{}\n");
  });
});

describe("removeHooks", () => {
  const hook = fc.record({
    type: fc.constant("command"),
    command: fc.constantFrom("mine", "shipgate check", "echo shipgate hook x; true", "cli.cjs x"),
  });
  const group = fc.record({ matcher: fc.string(), hooks: fc.array(hook, { minLength: 1 }) });
  const events = fc.constantFrom("PreToolUse", "PostToolUse", "Stop", "BeforeTool", "preToolUse");
  const settings = fc.record({
    model: fc.string(),
    hooks: fc.dictionary(events, fc.array(group, { minLength: 1 }), { minKeys: 1 }),
  });

  test("takes away exactly what addHooks added, whatever else is in the file", () => {
    fc.assert(
      fc.property(settings, fc.constantFrom(...ASSISTANTS), (value, assistant) => {
        const text = JSON.stringify(value, null, 2);
        const added = addHooks(assistant, text, "/usr/bin/node /opt/cli.cjs hook claude-code");
        const version = assistant.version === null ? {} : { version: assistant.version };
        expect(parse(removeHooks(added))).toEqual({ ...value, ...version });
      }),
      { numRuns: 300 },
    );
  });
});
