import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

import { before, describe, it as test } from "mocha";
import { commands, type Extension, extensions } from "vscode";

import { canSeePage, ui } from "../ui.ts";

/** Every kind of file that users get. */
const wanted = [
  /^package\.json$/u,
  /^(?:readme|changelog)\.md$/u,
  /^LICENSE\.txt$/u,
  /^\.vsixmanifest$/u,
  /^dist\/[\w-]+\.cjs$/u,
  /^dist\/chunks\/[\w.-]+\.cjs$/u,
  /^dist\/images\/[\w-]+\.yaml$/u,
  /^media\/(?:icon\.png|shipgate\.svg)$/u,
  /^media\/l10n\/bundle\.l10n\.\w+\.json$/u,
  /^media\/walkthrough\/\w+\.png$/u,
  /^package\.nls(?:\.\w+)?\.json$/u,
];

/** The bundled tests lie in .vscode-test/suites/package of the repository. */
const repository = join(__dirname, "..", "..", "..");

describe("the package", () => {
  let installed: Extension<unknown>;

  before(() => {
    const found = extensions.getExtension("shipgate.shipgate");
    assert.ok(found, "shipgate.shipgate is not installed");
    installed = found;
  });

  test("is what runs here, not the repository", () => {
    assert.match(installed.extensionPath, /extensions[/\\]shipgate\.shipgate-[\d.]+$/u);
  });

  test("holds nothing that it does not need", () => {
    const files = readdirSync(installed.extensionPath, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed.extensionPath, join(entry.parentPath, entry.name)))
      .map((file) => file.replaceAll("\\", "/"));
    assert.deepEqual(
      files.filter((file) => !wanted.some((pattern) => pattern.test(file))),
      [],
    );
  });

  test("holds the programs and the recipes that it needs", () => {
    const recipes = readdirSync(join(repository, "server", "images"));
    const needed = [
      ...["extension", "server", "cli", "keeper", "launcher"].map((name) => `dist/${name}.cjs`),
      ...recipes.map((name) => `dist/images/${name}`),
    ];
    const missing = needed.filter((file) => !existsSync(join(installed.extensionPath, file)));
    assert.deepEqual(missing, []);
  });

  test("starts, and its commands are there", async () => {
    await installed.activate();
    const { packageJSON } = installed as { packageJSON: { contributes: Contributions } };
    const known = new Set(await commands.getCommands(true));
    const missing = packageJSON.contributes.commands.filter(({ command }) => !known.has(command));
    assert.deepEqual(missing, []);
  });

  test("shows its status, which its server has answered", async function () {
    if (!canSeePage()) this.skip();
    const status = { selector: '[id="shipgate.shipgate.status"] a' };
    await ui.waitFor(status);
    assert.match((await ui.attribute(status, "aria-label")) ?? "", /^Shipgate: (?!the server)/u);
  });
});

interface Contributions {
  readonly commands: readonly { readonly command: string }[];
}
