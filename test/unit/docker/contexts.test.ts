import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  contextFiles,
  currentContext,
  parseContext,
  parseEngineHost,
} from "../../../server/adapters/docker/contexts.ts";
import { findEngines } from "../../../server/adapters/docker/socket.ts";
import { makeFolder } from "../../adapters/scratch-repository.ts";

describe("parseEngineHost", () => {
  test.for([
    ["unix:///var/run/docker.sock", { kind: "socket", path: "/var/run/docker.sock" }],
    ["/run/podman/podman.sock", { kind: "socket", path: "/run/podman/podman.sock" }],
    ["npipe:////./pipe/docker_engine", { kind: "socket", path: "//./pipe/docker_engine" }],
    ["tcp://10.0.0.5:2375", { kind: "tcp", host: "10.0.0.5", port: 2375, certificates: null }],
    ["tcp://build.example", { kind: "tcp", host: "build.example", port: 2375, certificates: null }],
    [
      "tcp://build.example:80",
      { kind: "tcp", host: "build.example", port: 80, certificates: null },
    ],
    ["tcp://[::1]:2375", { kind: "tcp", host: "::1", port: 2375, certificates: null }],
    [
      "https://build.example",
      { kind: "tcp", host: "build.example", port: 2376, certificates: null },
    ],
    ["ssh://me@build.example:2222", { kind: "ssh", host: "build.example", port: 2222, user: "me" }],
    ["ssh://build.example", { kind: "ssh", host: "build.example", port: 22, user: null }],
  ] as const)("reads %s", ([text, address]) => {
    expect(parseEngineHost(text, null)).toEqual(address);
  });

  test("takes the port of TLS where there are certificates", () => {
    expect(parseEngineHost("tcp://build.example", "/certs")).toEqual({
      kind: "tcp",
      host: "build.example",
      port: 2376,
      certificates: "/certs",
    });
  });

  test.for(["", "nonsense", "ftp://x", "tcp://", "fd://"])("gives null for %j", (text) => {
    expect(parseEngineHost(text, null)).toBeNull();
  });
});

describe("currentContext", () => {
  test("is the one of DOCKER_CONTEXT before the one of the file, and null for the default", () => {
    const config = JSON.stringify({ currentContext: "colima", auths: {} });
    expect(currentContext({}, config)).toBe("colima");
    expect(currentContext({ DOCKER_CONTEXT: "remote" }, config)).toBe("remote");
    expect(currentContext({ DOCKER_CONTEXT: "default" }, config)).toBeNull();
    expect(currentContext({}, null)).toBeNull();
    expect(currentContext({}, "{ broken")).toBeNull();
    expect(currentContext({}, "[]")).toBeNull();
  });
});

describe("parseContext", () => {
  test("reads the host of a context's file and nothing of a file that is none", () => {
    const meta = JSON.stringify({ Name: "x", Endpoints: { docker: { Host: "unix:///x.sock" } } });
    expect(parseContext(meta, null)).toEqual({ kind: "socket", path: "/x.sock" });
    for (const broken of ["", "{}", "null", '{"Endpoints":{"docker":{"Host":1}}}']) {
      expect(parseContext(broken, null)).toBeNull();
    }
  });
});

describe("findEngines", () => {
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };

  test("takes DOCKER_HOST and nothing else where it is set", () => {
    const environment = {
      DOCKER_HOST: "tcp://build.example:2376",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: "/c",
    };
    expect(findEngines({ environment, home: makeFolder() })).toEqual([
      {
        from: "DOCKER_HOST",
        address: { kind: "tcp", host: "build.example", port: 2376, certificates: "/c" },
      },
    ]);
  });

  test("takes the context that is switched on, with its certificates", () => {
    const home = makeFolder();
    const { meta, certificates } = contextFiles(join(home, ".docker"), "my context");
    write(join(home, ".docker", "config.json"), JSON.stringify({ currentContext: "my context" }));
    write(meta, JSON.stringify({ Endpoints: { docker: { Host: "tcp://far.example:2376" } } }));
    write(join(certificates, "ca.pem"), "x");
    expect(findEngines({ environment: {}, home })).toEqual([
      {
        from: "context my context",
        address: { kind: "tcp", host: "far.example", port: 2376, certificates },
      },
    ]);
  });

  test("looks at the usual sockets, of the home folder among them", () => {
    const home = makeFolder();
    write(join(home, ".colima", "default", "docker.sock"), "");
    expect(findEngines({ environment: {}, home })).toContainEqual({
      from: "colima",
      address: { kind: "socket", path: join(home, ".colima", "default", "docker.sock") },
    });
  });

  test.for([{ DOCKER_HOST: "nonsense" }, { DOCKER_CONTEXT: "gone" }])(
    "does not silently take another engine than the one chosen by %j",
    (environment) => {
      expect(() => findEngines({ environment, home: makeFolder() })).toThrow(
        expect.objectContaining({ code: "no-engine", remedy: expect.any(String) }),
      );
    },
  );
});
