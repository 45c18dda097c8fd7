import { DOMParser, type Element, type Node } from "@xmldom/xmldom";

import type { Packages } from "../ecosystem.ts";
import { SyntaxMistake } from "../located.ts";
import { type PackageCollector, readSafely } from "../reading.ts";

/** How often properties may refer to properties. */
const DEEPEST_PROPERTY = 16;

type Properties = ReadonlyMap<string, string>;

/**
 * Reads a Maven POM (model 4.0.0): the parent, dependencies, managed dependencies, plugins and
 * extensions, profiles included. Properties of the same file are filled in; a version that comes from
 * a parent or a managed dependency of another file is null.
 */
export function readPom(text: string): Packages {
  return readSafely("maven", text, { exact: false }, (collector) => {
    const project = parseXml(text);
    const properties = propertiesOf(project);
    const managed = managedVersions(project, properties);
    const parent = child(project, "parent");
    if (parent) add(collector, parent, properties, new Map(), false);
    for (const place of [project, ...children(child(project, "profiles"), "profile")]) {
      const build = child(place, "build");
      const management = child(place, "dependencyManagement");
      const listed = [
        ...children(child(place, "dependencies"), "dependency"),
        ...children(child(management, "dependencies"), "dependency"),
        ...children(child(build, "extensions"), "extension"),
      ];
      for (const element of listed) add(collector, element, properties, managed, false);
      for (const plugin of children(child(build, "plugins"), "plugin")) {
        add(collector, plugin, properties, managed, true, "org.apache.maven.plugins");
        for (const element of children(child(plugin, "dependencies"), "dependency")) {
          add(collector, element, properties, managed, true);
        }
      }
    }
  });
}

function add(
  collector: PackageCollector,
  element: Element,
  properties: Properties,
  managed: ReadonlyMap<string, string>,
  tool: boolean,
  defaultGroup = "",
): void {
  const group = filled(textOf(child(element, "groupId")), properties) || defaultGroup;
  const artifact = filled(textOf(child(element, "artifactId")), properties);
  const line = lineOf(child(element, "artifactId") ?? element);
  if (group === "" || artifact === "") {
    collector.mistake("A dependency needs a groupId and an artifactId.", line);
    return;
  }
  const name = `${group}:${artifact}`;
  const version =
    filled(textOf(child(element, "version")), properties) || managed.get(name) || null;
  const systemPath = textOf(child(element, "systemPath"));
  collector.add({
    name,
    version,
    pinned: version !== null && /^[\w.+-]{1,200}$/.test(version) ? version : null,
    line,
    direct: true,
    dev: tool || textOf(child(element, "scope")) === "test",
    source: systemPath === "" ? "registry" : systemPath,
  });
}

function parseXml(text: string): Element {
  // A document type can declare entities, and no POM needs one.
  if (/<!DOCTYPE/i.test(text)) throw new SyntaxMistake("A POM has no document type.", 1);
  let mistake: SyntaxMistake | null = null;
  const parser = new DOMParser({
    locator: true,
    onError: (level, message, context) => {
      const line = (context as { locator?: { lineNumber?: number } }).locator?.lineNumber ?? 1;
      if (level !== "warning") mistake ??= new SyntaxMistake(`Not valid XML: ${message}`, line);
    },
  });
  try {
    const root = parser.parseFromString(text, "text/xml").documentElement;
    if (mistake) throw mistake;
    if (root?.localName !== "project")
      throw new SyntaxMistake("The root element is not <project>.", 1);
    return root;
  } catch (error) {
    throw mistake ?? error;
  }
}

function propertiesOf(project: Element): Properties {
  const found = new Map<string, string>();
  for (const element of elements(child(project, "properties"))) {
    found.set(element.localName ?? "", textOf(element));
  }
  const parent = child(project, "parent");
  for (const name of ["groupId", "artifactId", "version"]) {
    const value = textOf(child(project, name)) || textOf(child(parent, name));
    found.set(`project.${name}`, value);
    found.set(`pom.${name}`, value);
    found.set(`project.parent.${name}`, textOf(child(parent, name)));
  }
  return found;
}

function managedVersions(project: Element, properties: Properties): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const list = child(child(project, "dependencyManagement"), "dependencies");
  for (const element of children(list, "dependency")) {
    const group = filled(textOf(child(element, "groupId")), properties);
    const artifact = filled(textOf(child(element, "artifactId")), properties);
    const version = filled(textOf(child(element, "version")), properties);
    if (version !== "") found.set(`${group}:${artifact}`, version);
  }
  return found;
}

/** Fills in `${…}`; one that is not known in this file leaves the whole value empty. */
function filled(text: string, properties: Properties): string {
  let value = text;
  for (let depth = 0; value.includes("${"); depth += 1) {
    if (depth === DEEPEST_PROPERTY || value.length > 1000) return "";
    let known = true;
    value = value.replaceAll(/\$\{([^{}]{1,200})\}/g, (_whole, name: string) => {
      const found = properties.get(name);
      if (found === undefined || found === "") known = false;
      return found ?? "";
    });
    if (!known) return "";
  }
  return value;
}

function elements(parent: Element | null): readonly Element[] {
  const found: Element[] = [];
  for (let node: Node | null = parent?.firstChild ?? null; node; node = node.nextSibling) {
    if (node.nodeType === 1) found.push(node as Element);
  }
  return found;
}

function children(parent: Element | null, name: string): readonly Element[] {
  return elements(parent).filter((element) => element.localName === name);
}

function child(parent: Element | null, name: string): Element | null {
  return children(parent, name)[0] ?? null;
}

function textOf(element: Element | null): string {
  return (element?.textContent ?? "").trim();
}

function lineOf(element: Element): number {
  return element.lineNumber ?? 1;
}
