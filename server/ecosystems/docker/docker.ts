import type { Ecosystem } from "../ecosystem.ts";
import { baseName } from "../reading.ts";
import { readCompose } from "./compose.ts";
import { readDockerfile } from "./dockerfile.ts";

function isDockerfile(path: string): boolean {
  return /^(?:(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|[\w.-]+\.(?:dockerfile|Dockerfile|containerfile))$/.test(
    baseName(path),
  );
}

/** Container images that Dockerfiles and Compose files name. */
export const docker: Ecosystem = {
  name: "docker",
  isManifest: (path) =>
    isDockerfile(path) || /^(?:docker-)?compose(?:[\w.-]*)?\.ya?ml$/.test(baseName(path)),
  isLockfile: () => false,
  isSource: () => false,
  readManifest: (path, text) => (isDockerfile(path) ? readDockerfile(text) : readCompose(text)),
  readLockfile: () => ({ packages: [], mistakes: [] }),
  readImports: () => [],
  manifestsFor: () => [],
};
