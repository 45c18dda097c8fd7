import { z } from "zod";

const MOST_PACKAGES = 20_000;

const text = z.string().max(4096);
const list = z.array(text).max(200);

const LockedPackage = z.object({
  name: text.optional(),
  version: text.optional(),
  resolved: z.union([text, z.literal(false)]).optional(),
  integrity: text.optional(),
  link: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  optional: z.boolean().optional(),
  dev: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  bin: z.record(text, text).optional(),
  os: list.optional(),
  cpu: list.optional(),
  libc: z.union([text, list]).optional(),
});
export type LockedPackage = z.infer<typeof LockedPackage>;

/** An npm lock file of version 2 or 3, as far as an installation needs it. */
export const NpmLock = z.object({
  lockfileVersion: z.union([z.literal(2), z.literal(3)], {
    error: "Only lock files of version 2 and 3 (npm 7 and later) can be installed.",
  }),
  packages: z
    .record(text, LockedPackage)
    .refine((packages) => Object.keys(packages).length <= MOST_PACKAGES, {
      error: `More than ${MOST_PACKAGES} packages.`,
    }),
});
export type NpmLock = z.infer<typeof NpmLock>;

const names = z.record(z.string(), z.unknown()).catch({});

/** The part of a manifest that says whether there is anything to install. */
export const NpmManifest = z.object({
  dependencies: names.optional(),
  devDependencies: names.optional(),
  optionalDependencies: names.optional(),
  peerDependencies: names.optional(),
  workspaces: z.unknown().optional(),
});
