import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import {
  endpointVariables,
  listEngineEndpoints,
  type EngineSurroundings,
} from "../../../scripts/setup/engine-endpoints.ts";

const contextId = createHash("sha256").update("colima").digest("hex");
const contextFile = `/home/u/.docker/contexts/meta/${contextId}/meta.json`;

function surroundings(
  files: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
): EngineSurroundings {
  return {
    env,
    home: "/home/u",
    uid: 1000,
    readText: (path) => files[path] ?? null,
    exists: (path) => path in files,
  };
}

const chosen = {
  "/home/u/.docker/config.json": '{"currentContext":"colima"}',
  [contextFile]: '{"Name":"colima","Endpoints":{"docker":{"Host":"unix:///home/u/c.sock"}}}',
  "/var/run/docker.sock": "",
};

describe("listEngineEndpoints", () => {
  test("takes DOCKER_HOST alone, before a context and every socket", () => {
    const found = listEngineEndpoints(surroundings(chosen, { DOCKER_HOST: "tcp://a.example:1" }));
    expect(found).toEqual([
      { host: "tcp://a.example:1", certificates: null, source: "DOCKER_HOST", isStated: true },
    ]);
  });

  test("finds the certificates that DOCKER_TLS_VERIFY asks for", () => {
    const env = { DOCKER_HOST: "tcp://a.example:2376", DOCKER_TLS_VERIFY: "1" };
    expect(listEngineEndpoints(surroundings({}, env))[0]?.certificates).toBe("/home/u/.docker");
    const stated = { ...env, DOCKER_CERT_PATH: "/certs" };
    expect(listEngineEndpoints(surroundings({}, stated))[0]?.certificates).toBe("/certs");
  });

  test("takes the chosen context alone", () => {
    expect(listEngineEndpoints(surroundings(chosen))).toEqual([
      {
        host: "unix:///home/u/c.sock",
        certificates: null,
        source: 'Docker context "colima"',
        isStated: true,
      },
    ]);
  });

  test("gives a context's certificates in the words of DOCKER_CERT_PATH", () => {
    const tls = `/home/u/.docker/contexts/tls/${contextId}/docker`;
    const [endpoint] = listEngineEndpoints(surroundings({ ...chosen, [tls]: "" }));
    expect(endpoint && endpointVariables(endpoint)).toEqual({
      DOCKER_HOST: "unix:///home/u/c.sock",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: tls,
    });
  });

  test("lets DOCKER_CONTEXT outrank the configured context", () => {
    const env = { DOCKER_CONTEXT: "default" };
    const hosts = listEngineEndpoints(surroundings(chosen, env)).map(({ host }) => host);
    expect(hosts).toEqual(["unix:///var/run/docker.sock"]);
  });

  test("lists the usual sockets that exist, the system's first", () => {
    const files = {
      "/run/user/1000/podman/podman.sock": "",
      "/home/u/.colima/default/docker.sock": "",
      "/home/u/.docker/run/docker.sock": "",
      "/run/user/1000/docker.sock": "",
      "/var/run/docker.sock": "",
    };
    expect(listEngineEndpoints(surroundings(files)).map(({ host }) => host)).toEqual([
      "unix:///var/run/docker.sock",
      "unix:///run/user/1000/docker.sock",
      "unix:///home/u/.docker/run/docker.sock",
      "unix:///home/u/.colima/default/docker.sock",
      "unix:///run/user/1000/podman/podman.sock",
    ]);
  });

  test.for([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["a number for a name", '{"currentContext":7}'],
    ["a context that is not there", '{"currentContext":"gone"}'],
  ])("passes over a configuration with %s", ([, config]) => {
    const files = { "/home/u/.docker/config.json": config ?? "", "/var/run/docker.sock": "" };
    expect(listEngineEndpoints(surroundings(files)).map(({ source }) => source)).toEqual([
      "the system's Docker Engine",
    ]);
  });
});
