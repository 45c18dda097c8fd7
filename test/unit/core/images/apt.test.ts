import { describe, expect, test } from "vitest";

import {
  aptConfiguration,
  aptStatus,
  debFileName,
  lockPackages,
  parseSimulation,
  parseStanzas,
} from "../../../../server/core/images/apt.ts";

const SIMULATED = `NOTE: This is only a simulation!
Inst libgcc-s1 (12.2.0-14 Debian:12.15/oldstable [amd64]) []
Inst git [1:2.0] (1:2.39.5-0+deb12u3 Debian:12.15/oldstable, Debian-Security:12/x [amd64])
Inst tzdata (2026f-0+deb12u1 Debian-Security:12/oldstable-security [all])
Conf git (1:2.39.5-0+deb12u3 Debian:12.15/oldstable [amd64])
`;
const HASH = "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf";
const SHOWN = `Package: git
Version: 1:2.39.5-0+deb12u3
Architecture: amd64
Source: git (1:2.39.5)
Description: fast
 second line: not a field
Filename: pool/main/g/git/git.deb
Size: 7259320
SHA256: ${HASH}

Package: git
Version: 1:2.39.5-0+deb12u3
Architecture: amd64
Size: 1
SHA256: ${HASH.replaceAll("b", "c")}
`;
const GIT = { name: "git", version: "1:2.39.5-0+deb12u3" };

describe("parseSimulation", () => {
  test("reads what would be installed, in the order of names", () => {
    expect(parseSimulation(SIMULATED)).toEqual([
      GIT,
      { name: "libgcc-s1", version: "12.2.0-14" },
      { name: "tzdata", version: "2026f-0+deb12u1" },
    ]);
  });
});

describe("parseStanzas", () => {
  test("keeps paragraphs apart and folds continuation lines", () => {
    const [first, second] = parseStanzas(SHOWN);
    expect(first?.get("Description")).toBe("fast\n second line: not a field");
    expect(second?.get("Size")).toBe("1");
  });
});

describe("lockPackages", () => {
  test("pins to the first entry of exactly this version", () => {
    expect(lockPackages([GIT], SHOWN)).toEqual([
      { ...GIT, architecture: "amd64", source: "git", size: 7_259_320, sha256: HASH },
    ]);
  });

  test.for([
    ["is not in the index", ""],
    ["has another version", SHOWN.replaceAll("2.39.5-0", "2.39.4-0")],
    ["has no SHA-256", SHOWN.replaceAll("SHA256", "MD5sum")],
    ["has a hash that is none", SHOWN.replaceAll(/SHA256: .*/g, "SHA256: ../../x")],
    ["has a size that is none", SHOWN.replaceAll(/Size: .*/g, "Size: -1")],
  ])("refuses a package that %s", ([, shown = ""]) => {
    expect(() => lockPackages([GIT], shown)).toThrow("no usable entry for git");
  });
});

describe("debFileName", () => {
  test("writes the epoch as apt-get download does", () => {
    const locked = lockPackages([GIT], SHOWN)[0];
    expect(locked && debFileName(locked)).toBe("git_1%3a2.39.5-0+deb12u3_amd64.deb");
  });
});

describe("aptConfiguration", () => {
  const dump = [
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::AllowInsecureRepositories "1";',
    'APT::Get::AllowUnauthenticated "1";',
    'APT::Update::Post-Invoke:: "rm -rf /";',
    'DPkg::Pre-Install-Pkgs:: "evil";',
    'Dir::Etc::parts "/etc/apt/apt.conf.d";',
  ].join("\n");
  const made = aptConfiguration("/cache/apt", "arm64", dump);

  test("takes over how to reach a mirror", () => {
    expect(made).toContain('Acquire::http::Proxy "http://proxy.example:3128";');
  });

  test("takes over neither hooks nor relaxed signature rules", () => {
    expect(made).not.toContain("rm -rf");
    expect(made).not.toContain("Pre-Install");
    expect(made).not.toMatch(/Allow\w+ "1"/);
    expect(made).toContain('APT::Get::AllowUnauthenticated "false";');
    expect(made).toContain('Dir::Etc::parts "/cache/apt/none.d";');
  });

  test("asks for the engine's processor", () => {
    expect(made).toContain('APT::Architecture "arm64";');
  });
});

describe("aptStatus", () => {
  test("makes what is left out look installed", () => {
    const [perl, awk] = parseStanzas(aptStatus(["perl", "awk"]));
    expect(perl?.get("Package")).toBe("perl");
    expect(perl?.get("Status")).toBe("install ok installed");
    expect(awk?.get("Package")).toBe("awk");
  });
});
