// Runs before anything is installed, hence plain JavaScript for any Node from 20 on and no imports but Node's own.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, "node_modules", ".shipgate-prepared");
const wantedNode = readFileSync(join(root, ".node-version"), "utf8").trim();

installPackages();
installNode();

/** Installs what the lock file says, unless that is what was installed last time. */
function installPackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  say("Installing the packages of package-lock.json.");
  // Not "npm ci": it refuses a lock file without the optional binaries of every other platform, and
  // registries need not carry those. Versions and integrity are the lock file's all the same.
  npm(["install", "--no-save", "--ignore-scripts"]);
  installNode();
  writeFileSync(marker, wanted);
}

/** The package `node` brings its binary by an install script, the only one that is let run. */
function installNode() {
  if (nodeMajor() === wantedNode) return;
  say(`Installing Node ${wantedNode} from the npm package "node".`);
  npm(["rebuild", "node"]);
  const found = nodeMajor();
  if (found !== wantedNode) {
    fail(
      `node_modules/.bin/node is ${found === "" ? "missing" : `Node ${found}`}, not Node ${wantedNode}.`,
      'Run "npm install" and "npm rebuild node" by hand and read what they print.',
    );
  }
}

/** The major version of the project's own Node, or "" where it does not run. */
function nodeMajor() {
  const binary = join(root, "node_modules", "node", "bin", "node");
  try {
    const version = execFileSync(binary, ["--version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return version.trim().replace(/^v(\d+)\..*$/u, "$1");
  } catch {
    return "";
  }
}

/** Runs npm under the Node it came with, never under the one it is about to replace; its output is shown only when it fails. */
function npm(args) {
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, "node_modules")))
    .join(delimiter);
  const result = spawnSync("npm", [...args, "--no-audit", "--no-fund"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PATH: path },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0) return;
  const why = result.error === undefined ? "." : `: ${result.error.message}`;
  fail(
    `"npm ${args.join(" ")}" failed${why}\n${errorLines(result.stderr)}`,
    "Check that the package registry can be reached (npm ping), then start again.",
  );
}

/** The first lines of npm's complaint have its reason; warnings and the help text do not. */
function errorLines(text) {
  const lines = (text ?? "").split("\n").filter((line) => line.startsWith("npm error"));
  return lines.slice(0, 15).join("\n");
}

function say(message) {
  process.stdout.write(`shipgate: ${message}\n`);
}

function fail(what, remedy) {
  process.stderr.write(`shipgate: ${what}\n${remedy}\n`);
  process.exit(1);
}
