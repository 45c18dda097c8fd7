import { z } from "zod";

/** One Debian package, pinned to its bytes. */
export const LockedPackage = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/),
  version: z.string().regex(/^[0-9][A-Za-z0-9.+:~-]*$/),
  architecture: z.string().regex(/^[a-z0-9-]+$/),
  /** The source package, where it has another name. */
  source: z.string().optional(),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type LockedPackage = z.infer<typeof LockedPackage>;

export type DebianArchitecture = "amd64" | "arm64";

/** What apt would install: names and versions in `apt-get install --simulate`'s output. */
export function parseSimulation(output: string): readonly { name: string; version: string }[] {
  const found = new Map<string, { name: string; version: string }>();
  for (const line of output.split("\n")) {
    const match = /^Inst ([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9-]+)? (?:\[[^\]]*\] )?\((\S+) /.exec(
      line,
    );
    if (match?.[1] && match[2]) found.set(match[1], { name: match[1], version: match[2] });
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The fields of each paragraph of a Debian control file (deb822). Continuation lines are joined by newlines. */
export function parseStanzas(text: string): readonly ReadonlyMap<string, string>[] {
  const stanzas: Map<string, string>[] = [];
  for (const paragraph of text.split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    let last = "";
    for (const line of paragraph.split("\n")) {
      const field = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line);
      if (field?.[1] !== undefined) {
        last = field[1];
        fields.set(last, field[2] ?? "");
      } else if (/^[ \t]/.test(line) && last !== "") {
        fields.set(last, `${fields.get(last) ?? ""}\n${line}`);
      }
    }
    if (fields.size > 0) stanzas.push(fields);
  }
  return stanzas;
}

/**
 * Pins each simulated package to the hash in apt's verified index (`apt-cache show`).
 * Throws an Error that names a package without a usable entry.
 */
export function lockPackages(
  simulated: readonly { name: string; version: string }[],
  shown: string,
): readonly LockedPackage[] {
  const byKey = new Map<string, ReadonlyMap<string, string>>();
  for (const stanza of parseStanzas(shown)) {
    const key = `${stanza.get("Package")}=${stanza.get("Version")}`;
    if (!byKey.has(key)) byKey.set(key, stanza);
  }
  return simulated.map(({ name, version }) => {
    const stanza = byKey.get(`${name}=${version}`);
    const source = stanza?.get("Source")?.split(" ", 1)[0];
    const locked = LockedPackage.safeParse({
      name,
      version,
      architecture: stanza?.get("Architecture"),
      ...(source === undefined ? {} : { source }),
      size: Number(stanza?.get("Size")),
      sha256: stanza?.get("SHA256"),
    });
    if (!locked.success) throw new Error(`apt's index has no usable entry for ${name} ${version}.`);
    return locked.data;
  });
}

/** The name under which `apt-get download` leaves a package. */
export function debFileName(locked: LockedPackage): string {
  return `${locked.name}_${locked.version.replaceAll(":", "%3a")}_${locked.architecture}.deb`;
}

/**
 * apt's configuration for a build: state and cache of its own under `directory`, sources and keys of
 * the machine, of its settings only how to reach a mirror. Hooks and relaxed signature rules of the
 * machine do not take part.
 */
export function aptConfiguration(
  directory: string,
  architecture: DebianArchitecture,
  machineDump: string,
): string {
  const reach = machineDump
    .split("\n")
    .filter((line) =>
      /^Acquire::(?:https?|ftp|socks|Proxy|Retries|Force|Check-|Queue|Send)/i.test(line),
    );
  return [
    ...reach,
    `Dir::State "${directory}/state";`,
    `Dir::State::lists "${directory}/lists";`,
    `Dir::State::status "${directory}/status";`,
    `Dir::Cache "${directory}/cache";`,
    `Dir::Etc::main "${directory}/none";`,
    `Dir::Etc::parts "${directory}/none.d";`,
    `Dir::Etc::preferences "${directory}/preferences";`,
    `Dir::Etc::preferencesparts "${directory}/none.d";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    'APT::Install-Recommends "false";',
    'APT::Install-Suggests "false";',
    'APT::Get::AllowUnauthenticated "false";',
    'APT::Sandbox::User "root";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'Acquire::Languages "none";',
    "",
  ].join("\n");
}

/** Only the distribution's own archives take part, whatever else the machine has configured. */
export const APT_PREFERENCES = [
  ...["Debian", "Ubuntu", "Raspbian"].map(
    (origin) => `Package: *\nPin: release o=${origin}\nPin-Priority: 990\n`,
  ),
  "Package: *\nPin: release a=*\nPin-Priority: -1\n",
].join("\n");

/** A dpkg status in which the packages to leave out seem installed, so that apt takes nothing for their sake. */
export function aptStatus(excluded: readonly string[]): string {
  return excluded
    .map(
      (name) =>
        `Package: ${name}\nStatus: install ok installed\nVersion: 9999:0\nArchitecture: all\nMulti-Arch: foreign\nMaintainer: none\nDescription: left out\n`,
    )
    .join("\n");
}
