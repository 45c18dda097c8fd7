import { describe, expect, test } from "vitest";

import { editorAddress } from "../../../scripts/editor/page.ts";
import { buildEnvironment } from "../../../scripts/setup/vscode.ts";
import { readLaunchArguments } from "../../host/launcher/launch-arguments.ts";
import { judge } from "../../host/run.ts";

describe("readLaunchArguments", () => {
  test("reads what runTests gives and lets the rest pass", () => {
    const launch = readLaunchArguments([
      "/a workspace",
      "--disable-extensions",
      "--no-sandbox",
      "--skip-welcome",
      "--extensionTestsPath=/r/run.cjs",
      "--extensionDevelopmentPath=/r",
      "--extensions-dir=/x/e",
      "--user-data-dir=/x/u",
    ]);
    expect(launch).toEqual({
      folder: "/a workspace",
      developmentPath: "/r",
      testsPath: "/r/run.cjs",
      extensions: "/x/e",
      userData: "/x/u",
      proposedApi: null,
      install: [],
    });
  });

  test("does not take the value of an option for the folder", () => {
    const launch = readLaunchArguments([
      "--install-extension",
      "/a.vsix",
      "--extensions-dir",
      "/e",
    ]);
    expect(launch).toMatchObject({ folder: null, install: ["/a.vsix"], extensions: "/e" });
  });

  test("tells proposed APIs for all from those for one", () => {
    expect(readLaunchArguments(["--enable-proposed-api"]).proposedApi).toEqual([]);
    expect(readLaunchArguments(["--enable-proposed-api=a.b"]).proposedApi).toEqual(["a.b"]);
  });

  test("refuses a second extension, which the page would silently drop", () => {
    const both = ["--extensionDevelopmentPath=/a", "--extensionDevelopmentPath=/b"];
    expect(() => readLaunchArguments(both)).toThrow(/Only one/u);
  });
});

describe("editorAddress", () => {
  test("writes every part so that it is read back the same", () => {
    const payload = [["extensionTestsPath", "vscode-remote://h:1/a%20b"]] as const;
    const address = new URL(editorAddress("h:1", "t", "/wörk space/a&b", payload));
    expect(address.searchParams.get("folder")).toBe("/wörk space/a&b");
    expect(address.searchParams.get("tkn")).toBe("t");
    expect(JSON.parse(address.searchParams.get("payload") ?? "")).toEqual(payload);
  });
});

describe("buildEnvironment", () => {
  test("drops what the npm around us says about its own project, and keeps the user's settings", () => {
    const env = buildEnvironment("/w", {
      PATH: "/usr/bin",
      HOME: "/home/u",
      npm_package_name: "shipgate",
      npm_config_local_prefix: "/repo",
      npm_config_registry: "http://registry.example",
      INIT_CWD: "/repo",
    });
    expect(Object.keys(env).sort()).toEqual([
      "HOME",
      "PATH",
      "npm_config_nodedir",
      "npm_config_registry",
    ]);
    expect(env["PATH"]).toMatch(/.+:\/usr\/bin$/u);
  });
});

describe("judge", () => {
  const suite = { name: "s" };
  const good = { passed: ["a"], failed: [], skipped: [] };

  test("passes good results on", () => {
    expect(judge(suite, good, null)).toEqual(good);
  });

  test.for([
    ["no results", null, new Error("code 1"), "ended without results: code 1"],
    ["no results though the editor ended well", null, null, "ended without results"],
    ["an editor that ended badly after good tests", good, new Error("code 1"), "ended badly"],
    ["no test at all", { passed: [], failed: [], skipped: [] }, null, "has no test"],
  ] as const)("makes a failure of %s", ([, results, ending, words]) => {
    expect(
      judge(suite, results, ending)
        .failed.map(({ error }) => error)
        .join(""),
    ).toContain(words);
  });

  test("does not count a failed test twice", () => {
    const failed = { passed: [], failed: [{ title: "a", error: "e" }], skipped: [] };
    expect(judge(suite, failed, new Error("code 1"))).toEqual(failed);
  });
});
