import { cp } from "node:fs/promises";
import { join } from "node:path";

import { makeSample, makeSampleBase } from "../../scripts/sample.ts";
import { repositoryRoot } from "../../scripts/setup/directories.ts";

/** One launch of the editor: which extension, on which workspace. Its tests lie in the folder of its name. */
export interface HostSuite {
  readonly name: string;
  /** The extension under development. */
  readonly extension: string;
  /** Makes a fresh workspace in an empty folder and gives the folder to open. */
  readonly makeWorkspace: (folder: string) => Promise<string>;
  /** Shipgate is packed and installed, as users have it, instead of loaded from its folder. */
  readonly isPackaged?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What its tests find in the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const here = join(repositoryRoot, "test", "host");

/** Every suite, in the order in which they run. */
export const hostSuites: readonly HostSuite[] = [
  {
    name: "harness",
    extension: join(here, "fixtures", "probe"),
    makeWorkspace: async (folder) => {
      // A space and letters outside ASCII, so that every address on the way must be written right.
      const workspace = join(folder, "wörk space");
      await cp(join(here, "fixtures", "workspace"), workspace, { recursive: true });
      return workspace;
    },
  },
  {
    name: "package",
    extension: join(here, "fixtures", "stub"),
    isPackaged: true,
    makeWorkspace: async (folder) =>
      (await makeSample(join(folder, "orders"), { hook: null })).root,
  },
  {
    name: "gate",
    extension: repositoryRoot,
    makeWorkspace: async (folder) =>
      (await makeSample(join(folder, "order export"), { hook: null })).root,
  },
  {
    name: "story",
    extension: repositoryRoot,
    makeWorkspace: (folder) => makeSampleBase(join(folder, "orders")),
    env: { SHIPGATE_SAMPLE: join(repositoryRoot, "scripts", "sample.ts") },
  },
  {
    name: "views",
    extension: repositoryRoot,
    // With the assistant's events, so that there are authors to show.
    makeWorkspace: async (folder) => (await makeSample(join(folder, "orders"))).root,
  },
  {
    name: "review",
    extension: repositoryRoot,
    makeWorkspace: async (folder) => (await makeSample(join(folder, "orders"))).root,
  },
];
