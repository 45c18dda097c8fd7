import { imageDraft } from "../docker/image-name.ts";
import type { Ecosystem, Packages } from "../ecosystem.ts";
import { at, entriesOf, itemsOf, type Located, parseYamlLocated, stringOf } from "../located.ts";
import { type PackageCollector, purlOf, readSafely } from "../reading.ts";

/**
 * Reads a GitHub Actions workflow or action: actions and reusable workflows in `uses`, containers and
 * services. Actions of the repository itself are left out. A commit hash as reference is a pin.
 */
export function readWorkflow(text: string): Packages {
  const read = readSafely("github", text, { exact: false }, (collector) => {
    const root = parseYamlLocated(text);
    for (const [, job] of entriesOf(at(root, "jobs"))) {
      addUse(collector, at(job, "uses"));
      addImage(collector, at(job, "container"));
      for (const [, service] of entriesOf(at(job, "services"))) addImage(collector, service);
      for (const step of itemsOf(at(job, "steps"))) addUse(collector, at(step, "uses"));
    }
    for (const step of itemsOf(at(root, "runs", "steps"))) addUse(collector, at(step, "uses"));
    addImage(collector, at(root, "runs"));
  });
  return { ...read, packages: read.packages.map(imageAsDocker) };
}

function addUse(collector: PackageCollector, uses: Located): void {
  const reference = stringOf(uses)?.trim();
  if (reference === undefined || reference.startsWith("./")) return;
  if (reference.startsWith("docker://")) {
    addReference(collector, reference.slice("docker://".length), uses.line);
    return;
  }
  const match = /^([\w.-]{1,100}\/[\w.-]{1,100})((?:\/[\w./-]{1,300})?)@([\w./-]{1,200})$/.exec(
    reference,
  );
  if (!match?.[1]) {
    collector.mistake(`"${reference}" is not an action: owner/name@reference.`, uses.line);
    return;
  }
  const version = match[3] ?? null;
  const pinned =
    version !== null && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(version) ? version : null;
  collector.add({
    name: match[1],
    version,
    pinned,
    line: uses.line,
    direct: true,
    dev: true,
    integrity: pinned,
  });
}

function addImage(collector: PackageCollector, holder: Located): void {
  const image = stringOf(holder) === undefined ? at(holder, "image") : holder;
  const reference = stringOf(image);
  // An expression is filled in on GitHub, and `Dockerfile` is a file of the action itself.
  if (reference === undefined || reference.includes("${{") || reference.endsWith("Dockerfile"))
    return;
  addReference(collector, reference.replace(/^docker:\/\//, ""), image.line);
}

function addReference(collector: PackageCollector, reference: string, line: number): void {
  const draft = imageDraft(reference, line);
  if (draft) collector.add({ ...draft, dev: true, source: "docker" });
  else collector.mistake(`"${reference}" is not an image.`, line);
}

function imageAsDocker(found: Packages["packages"][number]): Packages["packages"][number] {
  if (found.source !== "docker") return found;
  const purl = purlOf("docker", found.name, found.integrity ?? found.version) ?? found.purl;
  return { ...found, ecosystem: "docker", purl, source: "registry" };
}

/** GitHub Actions workflows and composite actions. */
export const github: Ecosystem = {
  name: "github",
  isManifest: (path) =>
    /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path) || /(^|\/)action\.ya?ml$/.test(path),
  isLockfile: () => false,
  isSource: () => false,
  readManifest: (_path, text) => readWorkflow(text),
  readLockfile: () => ({ packages: [], mistakes: [] }),
  readImports: () => [],
  manifestsFor: () => [],
};
