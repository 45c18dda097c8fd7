import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";

import { packageProgram } from "./setup/command.ts";
import { repositoryRoot } from "./setup/directories.ts";

// Chunks carry a hash in their name: those of an earlier build would stay, and be packed.
rmSync(join(repositoryRoot, "dist"), { recursive: true, force: true });
const { status } = spawnSync(packageProgram("rolldown"), ["-c", "scripts/rolldown.config.ts"], {
  cwd: repositoryRoot,
  stdio: ["ignore", "inherit", "inherit"],
});
process.exitCode = status ?? 1;
