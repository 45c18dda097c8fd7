import { printable } from "../../core/printable.ts";
import type { Package, Packages } from "../ecosystem.ts";
import { isPackageName, npmPurl, withoutCredentials } from "./package-spec.ts";

/** A lock file with more packages is refused, not read in part. */
const MOST_PACKAGES = 100_000;

/** What a lock file says of one package. */
export interface LockedDraft {
  readonly name: string;
  /** Null where it comes from no registry. */
  readonly version: string | null;
  readonly line: number;
  readonly direct: boolean;
  readonly dev?: boolean;
  readonly source?: string;
  readonly integrity?: string | null | undefined;
  /** The name that the project knows it by, where that is another one. */
  readonly alias?: string | undefined;
}

/** Collects the packages and mistakes of one lock file. */
export class LockedPackages {
  readonly #packages: Package[] = [];
  readonly #mistakes: Packages["mistakes"][number][] = [];
  #isFull = false;

  add(draft: LockedDraft): void {
    const { name, version, line, direct, dev = false, source = "registry", alias } = draft;
    if (!isPackageName(name)) {
      this.mistake(`"${printable(name)}" does not name a package.`, line);
    } else if (this.#packages.length >= MOST_PACKAGES) {
      if (!this.#isFull) this.mistake("The file names too many packages to be read.", line);
      this.#isFull = true;
    } else {
      const exact = source === "registry" ? version : null;
      this.#packages.push({
        name,
        version: exact,
        purl: npmPurl(name, exact),
        ecosystem: "npm",
        line,
        direct,
        dev,
        source: source === "registry" ? source : withoutCredentials(source),
        integrity: draft.integrity ?? null,
        ...(alias !== undefined && alias !== name && isPackageName(alias) && { alias }),
      });
    }
  }

  mistake(message: string, line: number): void {
    if (this.#mistakes.length < 100) this.#mistakes.push({ message, line });
  }

  get read(): Packages {
    return { packages: this.#packages, mistakes: this.#mistakes, provides: [] };
  }
}

/** Runs a reader; what its parser throws becomes a mistake at its line. */
export function readLocked(text: string, read: (found: LockedPackages) => void): Packages {
  const found = new LockedPackages();
  if (text.length > LARGEST) {
    found.mistake("The file is larger than 32 MiB and was not read.", 1);
    return found.read;
  }
  try {
    read(found);
  } catch (error) {
    const line = error instanceof Error && "line" in error ? Number(error.line) : 1;
    const why = error instanceof RangeError ? "It is nested too deeply." : (error as Error).message;
    found.mistake(`The file could not be read: ${printable(why)}`, Math.max(1, line || 1));
  }
  return found.read;
}

const LARGEST = 32 * 1024 * 1024;
