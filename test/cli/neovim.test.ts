import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { describe, expect, test } from "vitest";

import { ENTRIES, sample, scratch } from "./shipgate.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const hasNeovim = spawnSync("nvim", ["--version"]).status === 0;
if (!hasNeovim) console.warn("Neovim is not installed: its recipe is not tried. Install neovim.");

/** Opens a file, waits for diagnostics and prints them. */
const ASK = `
vim.cmd("edit package.json")
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 100)
for _, found in ipairs(vim.diagnostic.get(0)) do
  io.stdout:write(found.lnum + 1, " ", found.source, " ", found.code, "\\n")
end
vim.cmd("qa!")
`;

describe.for(ENTRIES)("the recipe for Neovim (%s)", (entry) => {
  test.skipIf(!hasNeovim)("brings the diagnostics of a change", { timeout: 120_000 }, async () => {
    const home = await scratch();
    const recipes = readFileSync(join(REPOSITORY, "docs/recipes.md"), "utf8");
    const [, block = ""] = /### Neovim[\s\S]*?```lua\n([\s\S]*?)```/u.exec(recipes) ?? [];
    expect(block).toContain('"shipgate", "lsp"');
    await writeFile(join(home, "init.lua"), block);
    await writeFile(join(home, "ask.lua"), ASK);
    const bin = join(home, "bin");
    await mkdir(bin);
    const program = `#!/bin/sh\nexec '${process.execPath}' '${join(REPOSITORY, entry)}' "$@"\n`;
    await writeFile(join(bin, "shipgate"), program);
    await chmod(join(bin, "shipgate"), 0o755);

    const args = ["--headless", "-i", "NONE", "-u", join(home, "init.lua")];
    const end = spawnSync("nvim", [...args, "-S", join(home, "ask.lua")], {
      cwd: await sample(),
      encoding: "utf8",
      env: { ...process.env, HOME: home, PATH: `${bin}${delimiter}${process.env["PATH"]}` },
      timeout: 100_000,
    });
    expect(end.stdout).toMatch(/^\d+ shipgate dependency\/added$/mu);
    expect(end.stdout).toMatch(/^\d+ shipgate policy\/host-executed-file$/mu);
  });
});
