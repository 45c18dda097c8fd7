import { describe, expect, test } from "vitest";

import {
  type AuditCheck,
  type AuditedEntry,
  auditImage,
  type AuditSubject,
} from "../../../../server/core/images/audit.ts";

const clean: AuditSubject = {
  variant: "runtime",
  user: "65532:65532",
  sizeLimitBytes: 1024,
  entries: [
    entry("usr/bin", { type: "directory", mode: 0o755 }),
    entry("usr/bin/node", { mode: 0o755, size: 1000 }),
    entry("tmp", { type: "directory", mode: 0o1777 }),
    entry("bin", { type: "symlink", mode: 0o777 }),
    entry("usr/share/doc/bash/sh"),
  ],
};

function entry(path: string, fields: Partial<AuditedEntry> = {}): AuditedEntry {
  return { path, type: "file", mode: 0o644, size: 0, ...fields };
}

function failing(subject: AuditSubject): AuditCheck["id"][] {
  const audit = auditImage(subject);
  const failed = audit.checks.filter((check) => !check.ok).map((check) => check.id);
  expect(audit.clean).toBe(failed.length === 0);
  return failed;
}

function withEntry(path: string, fields: Partial<AuditedEntry> = {}): AuditSubject {
  return { ...clean, entries: [...clean.entries, entry(path, fields)] };
}

describe("auditImage", () => {
  test("finds nothing in a hardened image", () => {
    expect(failing(clean)).toEqual([]);
  });

  test.for(["", "0", "0:0", "root", "box", "0:65532"])("refuses the user %j", (user) => {
    expect(failing({ ...clean, user })).toEqual(["non-root-user"]);
  });

  test.for([
    ["usr/bin/su", { mode: 0o4755 }, "no-setuid"],
    ["usr/bin/wall", { mode: 0o2755 }, "no-setuid"],
    ["usr/bin/apt-get", {}, "no-package-manager"],
    ["usr/bin/dpkg", {}, "no-package-manager"],
    ["usr/bin/npm", { type: "symlink", mode: 0o777 }, "no-package-manager"],
    ["usr/bin/sh", { type: "symlink", mode: 0o777 }, "no-shell"],
    ["usr/local/bin/busybox", {}, "no-shell"],
    ["bin/bash", {}, "no-shell"],
    ["etc/passwd", { mode: 0o666 }, "no-world-writable"],
    ["srv", { type: "directory", mode: 0o777 }, "no-world-writable"],
    ["dev/sda", { type: "block-device" }, "no-devices"],
    ["run/pipe", { type: "fifo" }, "no-devices"],
    ["etc/shadow", {}, "no-password-hashes"],
    ["usr/lib/big.so", { size: 25 }, "size"],
  ] as const)("finds %s %j", ([path, fields, id]) => {
    expect(failing(withEntry(path, fields))).toEqual([id]);
  });

  test("lets a dev image have a shell and npm, but not apt", () => {
    const entries = [entry("usr/bin/sh"), entry("usr/bin/npm"), entry("usr/bin/apt")];
    expect(failing({ ...clean, variant: "dev", entries })).toEqual(["no-package-manager"]);
  });

  test("names what it found, and how much more there is", () => {
    const entries = Array.from({ length: 7 }, (_, index) =>
      entry(`usr/bin/${index}`, { mode: 0o4755 }),
    );
    const check = auditImage({ ...clean, entries }).checks.find(({ id }) => id === "no-setuid");
    expect(check?.detail).toContain("/usr/bin/0, ");
    expect(check?.detail).toContain("and 2 more");
  });
});
