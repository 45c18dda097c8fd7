import type { FactSources } from "../../engine/fact-ports.ts";
import { createCargoRegistry } from "./cargo.ts";
import { createGoRegistry } from "./go-proxy.ts";
import { createMavenRegistry } from "./maven.ts";
import { createNpmRegistry } from "./npm.ts";
import { createAdvisories } from "./osv.ts";
import { createPypiRegistry } from "./pypi.ts";
import { defaultFactsDir } from "./record-cache.ts";

export interface FactSourcesOptions {
  /** The repository's root. */
  readonly root: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly home?: string;
  readonly cacheDir?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Every source of facts, as the user's own package managers are configured. Nothing is asked yet. */
export function createFactSources(options: FactSourcesOptions): FactSources {
  const { root, environment = process.env, now = () => Date.now() } = options;
  const cacheDir = options.cacheDir ?? defaultFactsDir(environment);
  const { home } = options;
  const common = { environment, cacheDir, now, ...(home !== undefined && { home }) };
  return {
    registries: [
      createNpmRegistry(common),
      createPypiRegistry(common),
      createGoRegistry(common),
      createCargoRegistry(common),
      createMavenRegistry(common),
    ],
    advisories: createAdvisories({ environment, cacheDir, now, root }),
  };
}
