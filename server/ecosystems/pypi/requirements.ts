import type { Packages } from "../ecosystem.ts";
import { type PackageCollector, readSafely } from "../reading.ts";
import { normalizeName, parseRequirement, pinnedVersion } from "./names.ts";

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/**
 * Reads a pip requirements or constraints file: requirements, hashes, editable and URL installs.
 * Included files (`-r`, `-c`) are named by `includesOf`; index options are not packages.
 */
export function readRequirements(path: string, text: string): Packages {
  const dev = /(^|[/._-])(dev|test|tests|lint|docs?)([/._-]|$)/i.test(path);
  return readSafely("pypi", text, { exact: false }, (collector) => {
    for (const logical of logicalLines(text)) readLine(logical, dev, collector);
  });
}

/** Files that a requirements file includes, relative to its own folder, with the line. */
export function includesOf(
  text: string,
): readonly { readonly path: string; readonly line: number }[] {
  const found = [];
  for (const { text: logical, line } of logicalLines(text)) {
    const match = /^(?:-r|-c|--requirement|--constraint)[\s=]+(\S{1,500})/.exec(logical);
    if (match?.[1]) found.push({ path: match[1], line });
  }
  return found;
}

function readLine({ text, line }: LogicalLine, dev: boolean, collector: PackageCollector): void {
  const editable = /^(?:-e|--editable)[\s=]+(\S{1,2000})/.exec(text);
  if (editable?.[1]) {
    const name = /[#&]egg=([A-Za-z0-9._-]{1,200})/.exec(editable[1])?.[1];
    if (name) {
      collector.add({
        name: normalizeName(name),
        version: null,
        line,
        direct: true,
        dev,
        source: editable[1],
      });
    }
    return;
  }
  if (text.startsWith("-")) return;
  const [specification = "", ...options] = text.split(/\s+(?=--)/);
  const hashes = options.flatMap(
    (option) => /^--hash[\s=](\S{1,300})$/.exec(option.trim())?.[1] ?? [],
  );
  const requirement = parseRequirement(specification);
  if (!requirement) {
    const url = /^(?:[a-z+]{2,20}:\/\/|\.{0,2}\/)\S{1,2000}$/i.exec(specification.trim())?.[0];
    const name = url && (/[#&]egg=([\w.-]{1,200})/.exec(url)?.[1] ?? wheelName(url));
    if (name)
      collector.add({
        name: normalizeName(name),
        version: null,
        line,
        direct: true,
        dev,
        source: url,
      });
    else if (!url) collector.mistake(`"${specification.trim()}" is not a requirement.`, line);
    return;
  }
  collector.add({
    name: normalizeName(requirement.name),
    version: requirement.specifiers === "" ? null : requirement.specifiers,
    pinned: pinnedVersion(requirement.specifiers),
    line,
    direct: true,
    dev,
    source: requirement.url ?? "registry",
    integrity: hashes.length === 0 ? null : hashes.toSorted().join(" "),
  });
}

function wheelName(url: string): string | null {
  return /([A-Za-z0-9._]+)-[^-/]+(?:-[^/]+)?\.(?:whl|tar\.gz|zip)(?:[?#]|$)/.exec(url)?.[1] ?? null;
}

/** Lines with continuations joined and comments dropped, each with the line that it starts at. */
function logicalLines(text: string): readonly LogicalLine[] {
  const joined: LogicalLine[] = [];
  let open: { parts: string[]; line: number } | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const continues = raw.endsWith("\\");
    const part = (continues ? raw.slice(0, -1) : raw)
      .replaceAll(/\s+/g, " ")
      .replace(/(^| )#.*$/, "")
      .trim();
    open ??= { parts: [], line: index + 1 };
    if (part !== "") open.parts.push(part);
    if (continues) continue;
    if (open.parts.length > 0) joined.push({ text: open.parts.join(" "), line: open.line });
    open = null;
  }
  if (open && open.parts.length > 0) joined.push({ text: open.parts.join(" "), line: open.line });
  return joined;
}
