import { describe, expect, test } from "vitest";

import { adviseOn, engineVariables, isChosen } from "../../../scripts/setup/engine.ts";
import { GateError } from "../../../server/engine/errors.ts";

const debian = { family: "debian", isRoot: false } as const;
const socket = { kind: "socket", path: "/var/run/docker.sock" } as const;

describe("adviseOn", () => {
  test("tells how to install an engine where none answers", () => {
    const error = new GateError("no-engine", "None.", { remedy: "Generic." });
    expect(adviseOn(error, debian).remedy).toContain("docker.io iptables");
  });

  test("tells who may not open a socket how to be let in", () => {
    const tried =
      "Tried the default socket (/var/run/docker.sock): connect EACCES /var/run/docker.sock; " +
      "Podman (/run/podman/podman.sock): connect ECONNREFUSED /run/podman/podman.sock.";
    const error = new GateError("no-engine", tried, { remedy: "Generic." });
    expect(adviseOn(error, debian).remedy).toContain("ls -l /var/run/docker.sock");
  });

  test("keeps what was tried and the error itself", () => {
    const error = new GateError("no-engine", "Tried this.", { remedy: "Generic." });
    expect(adviseOn(error, debian)).toMatchObject({ message: "Tried this.", cause: error });
  });
});

describe("isChosen", () => {
  test.for([
    ["DOCKER_HOST", true],
    ["context colima", true],
    ["the default socket", false],
    ["Docker Desktop", false],
  ] as const)("of an engine from %s is %s", ([from, chosen]) => {
    expect(isChosen([{ from, address: socket }])).toBe(chosen);
  });
});

describe("engineVariables", () => {
  test("name a socket, also to a process with another XDG_RUNTIME_DIR", () => {
    expect(engineVariables({ name: "docker", address: socket })).toEqual({
      DOCKER_HOST: "unix:///var/run/docker.sock",
    });
  });

  test("leave what the user chose to the user's own variables", () => {
    const address = { kind: "tcp", host: "a.example", port: 2376, certificates: "/c" } as const;
    expect(engineVariables({ name: "docker", address })).toEqual({});
  });
});
