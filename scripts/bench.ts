import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { benchBox } from "./bench/box.ts";
import { benchBranch } from "./bench/branch.ts";
import { benchDeps } from "./bench/deps.ts";
import { benchDiagnostics } from "./bench/diagnostics.ts";
import { benchEditor } from "./bench/editor.ts";
import { benchHook } from "./bench/hook.ts";
import type { Row } from "./bench/measure.ts";
import { benchObservation } from "./bench/observation.ts";
import { benchVerdict } from "./bench/verdict.ts";
import { repositoryRoot } from "./setup/directories.ts";

const PARTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  hook: benchHook,
  diagnostics: benchDiagnostics,
  editor: benchEditor,
  box: benchBox,
  observation: benchObservation,
  verdict: benchVerdict,
  branch: benchBranch,
  deps: benchDeps,
};

const usage = `Usage: npm run bench [-- [PART…] [--write]]

Measures the bundles on this machine and holds them against their budgets.

  PART     ${Object.keys(PARTS).join(", ")}; all without one
  --write  keep the table in docs/performance.md`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean" }, help: { type: "boolean" } },
});
const parts = positionals.length > 0 ? positionals : Object.keys(PARTS);
if (values.help === true || parts.some((part) => PARTS[part] === undefined)) {
  console.log(usage);
  process.exit(values.help === true ? 0 : 3);
}

spawnSync(process.execPath, [join(repositoryRoot, "scripts/build.ts")], { stdio: "ignore" });
const rows: Row[] = [];
for (const part of parts) {
  process.stderr.write(`· ${part}\n`);
  try {
    rows.push(...((await PARTS[part]?.()) ?? []));
  } catch (error) {
    process.exitCode = 1;
    console.error(`${part} could not be measured:`, error);
  }
}
const table = asTable(rows);
console.log(`\n${table}`);
if (values.write === true) {
  writeFileSync(join(repositoryRoot, "docs", "performance.md"), page(table));
}
process.exit();

function asTable(all: readonly Row[]): string {
  const lines = [
    ["what", "measured", "budget", "ratio"],
    ["---", "--:", "--:", "--:"],
  ];
  for (const { what, measured, unit, budget } of all) {
    const ratio = budget === null ? "" : (measured / budget).toFixed(2);
    lines.push([what, shown(measured, unit), budget === null ? "" : shown(budget, unit), ratio]);
  }
  const widths = [0, 1, 2, 3].map((at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) => `| ${line.map((cell, at) => pad(cell, widths[at] ?? 0, at > 0)).join(" | ")} |`)
    .join("\n");
}

function pad(cell: string, width: number, isNumber: boolean): string {
  if (/^-+:?$/u.test(cell)) return isNumber ? `${"-".repeat(width - 1)}:` : "-".repeat(width);
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}

function shown(value: number, unit: Row["unit"]): string {
  const digits = value < 1 ? 3 : value < 10 ? 2 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}

function page(text: string): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  return `# Performance

What Shipgate costs, against its budgets. \`npm run bench -- --write\` measures the bundles and writes this page.

Measured on ${availableParallelism()} cores (${model}), Node ${process.versions.node}. Milliseconds belong to this machine and to what else it did; a ratio below 1.00 is within the budget. Comparisons (\`×\`) are made in turn within one run, so that noise falls on both sides, and each is the median.

${text}
`;
}
