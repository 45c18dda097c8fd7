import { describe, expect, test } from "vitest";

import { browserAdvice } from "../../../scripts/setup/browser.ts";
import { findDesktop } from "../../../scripts/setup/desktop.ts";
import { engineAdvice, permissionAdvice } from "../../../scripts/setup/engine-advice.ts";
import { describeSystem, type System } from "../../../scripts/setup/system.ts";

describe("describeSystem", () => {
  test.for([
    ["linux", "ID=debian\n", "debian"],
    ["linux", 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', "debian"],
    ["linux", 'ID="linuxmint"\nID_LIKE="ubuntu debian"\n', "debian"],
    ["linux", "ID=fedora\n", "fedora"],
    ["linux", 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', "fedora"],
    ["linux", "ID=arch\n", "arch"],
    ["linux", "ID=alpine\n", "alpine"],
    ["linux", 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "suse"],
    ["linux", "ID=nixos\n", "other"],
    ["linux", "", "other"],
    ["linux", "VERSION_ID=debian\n", "other"],
    ["darwin", "", "macos"],
    ["win32", "", "windows"],
    ["freebsd", "", "other"],
  ] as const)("on %s with %j says %s", ([platform, osRelease, family]) => {
    expect(describeSystem(platform, osRelease, 1000)).toEqual({ family, isRoot: false });
  });

  test("tells root", () => {
    expect(describeSystem("linux", "ID=debian", 0).isRoot).toBe(true);
    expect(describeSystem("win32", "", undefined).isRoot).toBe(false);
  });
});

describe("engineAdvice", () => {
  const families: readonly System["family"][] = [
    ...(["debian", "fedora", "arch", "alpine", "suse", "macos", "windows", "other"] as const),
  ];

  test("is different on every system, and names an engine or DOCKER_HOST", () => {
    const texts = families.map((family) => engineAdvice({ family, isRoot: false }));
    expect(new Set(texts).size).toBe(families.length);
    for (const text of texts) expect(text).toMatch(/docker|moby|DOCKER_HOST/iu);
  });

  test("gives a user on Debian the exact commands with sudo", () => {
    expect(engineAdvice({ family: "debian", isRoot: false })).toBe(
      [
        "Run:",
        "  sudo apt-get update && sudo apt-get install -y --no-install-recommends docker.io iptables",
        "  sudo systemctl start docker",
        "  sudo usermod -aG docker $USER    # then log out and in again",
      ].join("\n"),
    );
  });

  test("gives root on Debian none", () => {
    expect(engineAdvice({ family: "debian", isRoot: true })).not.toMatch(/sudo|usermod/u);
  });

  test("tells who may not use the socket how to be let in", () => {
    expect(permissionAdvice("/var/run/docker.sock")).toContain("usermod -aG docker");
  });
});

describe("browserAdvice", () => {
  test.for([
    ["debian", "apt-get install"],
    ["fedora", "dnf install"],
    ["macos", "brew install"],
    ["other", "CHROME"],
  ] as const)("on %s says %s", ([family, words]) => {
    expect(browserAdvice({ family, isRoot: false })).toContain(words);
  });
});

describe("findDesktop", () => {
  const has = (name: string): string => `/usr/bin/${name}`;
  const hasNot = (): null => null;

  test.for([
    ["Linux with a display and code", { DISPLAY: ":0" }, "linux", has, { code: "/usr/bin/code" }],
    ["Wayland", { WAYLAND_DISPLAY: "w" }, "linux", has, { code: "/usr/bin/code" }],
    ["Linux with code only", {}, "linux", has, null],
    ["Linux with a display only", { DISPLAY: ":0" }, "linux", hasNot, null],
    ["macOS without code", {}, "darwin", hasNot, { code: null }],
    ["macOS asked for the server", { SHIPGATE_EDITOR: "headless" }, "darwin", has, null],
  ] as const)("on %s", ([, env, platform, find, wanted]) => {
    expect(findDesktop(env, platform, find)).toEqual(wanted);
  });
});
