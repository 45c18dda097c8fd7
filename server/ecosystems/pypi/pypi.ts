import type { Ecosystem } from "../ecosystem.ts";
import { baseName, upwards } from "../reading.ts";
import { readPythonImports } from "./imports.ts";
import { readPipfileLock, readPoetryLock, readPylock, readUvLock } from "./locks.ts";
import { readPipfile, readPyproject } from "./pyproject.ts";
import { readRequirements } from "./requirements.ts";

const LOCKS = {
  "poetry.lock": readPoetryLock,
  "uv.lock": readUvLock,
  "Pipfile.lock": readPipfileLock,
} as const;

function isRequirements(path: string): boolean {
  return /(^|\/)(?:[\w.-]*requirements[\w.-]*|requirements\/[\w.-]+|constraints[\w.-]*)\.(?:txt|in)$/i.test(
    path,
  );
}

/** Python: pip, Poetry, uv, Pipenv and PEP 751. */
export const pypi: Ecosystem = {
  name: "pypi",
  isManifest: (path) =>
    isRequirements(path) || ["pyproject.toml", "Pipfile"].includes(baseName(path)),
  isLockfile: (path) =>
    Object.hasOwn(LOCKS, baseName(path)) || /^pylock(?:\.[^./]+)?\.toml$/.test(baseName(path)),
  isSource: (path) => /\.pyw?$/.test(path),
  readManifest: (path, text) => {
    if (isRequirements(path)) return readRequirements(path, text);
    return baseName(path) === "Pipfile" ? readPipfile(text) : readPyproject(text);
  },
  readLockfile: (path, text) => {
    const name = baseName(path);
    return Object.hasOwn(LOCKS, name) ? LOCKS[name as keyof typeof LOCKS](text) : readPylock(text);
  },
  readImports: (_path, text) => readPythonImports(text),
  manifestsFor: (path) => upwards(path, ["pyproject.toml", "requirements.txt", "Pipfile"]),
};
