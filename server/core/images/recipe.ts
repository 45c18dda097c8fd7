import { z } from "zod";

const recipeName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/);
const accountName = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/);
const id = z.int().min(0).max(65_534);
const mode = z
  .string()
  .regex(/^[01][0-7]{3}$/, "Four octal digits; setuid and setgid are not allowed.");
const absolutePath = z
  .string()
  .max(500)
  .regex(/^\/(?!.*(?:\/\/|\/\.\.?(?:\/|$)|\0))/, "An absolute path without `.` and `..`.");
const relativePath = z
  .string()
  .max(500)
  .regex(/^(?!\/)(?!.*(?:\/\/|(?:^|\/)\.\.(?:\/|$)|\0))/, "A path inside the package.");

const Artifact = z.strictObject({
  name: z
    .string()
    .regex(/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*(?:\{arch\})?$/)
    .describe("A package of the npm registry; `{arch}` stands for `x64` or `arm64`."),
  version: z
    .string()
    .regex(/^[0-9][0-9a-zA-Z.+-]*$/)
    .describe("A version, or the start of one."),
  outputs: z
    .array(
      z.strictObject({
        source: relativePath.describe("A file or folder of the package; `.` is all of it."),
        target: absolutePath,
        mode: mode.optional(),
      }),
    )
    .min(1),
});

const Path = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("directory"),
    path: absolutePath,
    uid: id.default(0),
    gid: id.default(0),
    mode: mode.default("0755"),
  }),
  z.strictObject({ type: z.literal("symlink"), path: absolutePath, source: z.string().min(1) }),
  z
    .strictObject({ type: z.literal("file"), path: absolutePath, mode })
    .describe("Sets the mode of a file that a package brings."),
]);

const Accounts = z
  .strictObject({
    root: z.boolean().default(true).describe("Whether the name `root` exists."),
    "run-as": accountName,
    users: z.array(
      z.strictObject({ name: accountName, uid: id, gid: id, home: absolutePath.default("/") }),
    ),
    groups: z.array(z.strictObject({ name: accountName, gid: id })),
  })
  .refine((accounts) => accounts.users.some((user) => user.name === accounts["run-as"]), {
    error: "`run-as` names no user.",
  });

/**
 * A recipe of a hardened image. Names follow the hardened-image definition format where it has one;
 * `from` (the recipe whose layers come first) and `size-limit` (MiB) are our own.
 */
export const Recipe = z.strictObject({
  name: z.string().min(1),
  image: recipeName,
  variant: z.enum(["runtime", "dev"]),
  from: recipeName.optional(),
  platforms: z.array(z.enum(["linux/amd64", "linux/arm64"])).min(1),
  contents: z.strictObject({
    packages: z
      .array(z.string().regex(/^!?[a-z0-9][a-z0-9+.-]+$/))
      .min(1)
      .describe("Debian packages; `!name` is left out together with what only it needs."),
    artifacts: z.array(Artifact).default([]),
  }),
  accounts: Accounts.optional().describe("Left out: those of `from`."),
  "os-release": z
    .record(z.string().regex(/^[a-z][a-z-]*$/), z.string().regex(/^[^"\\$`\n]*$/))
    .default({}),
  "work-dir": absolutePath,
  environment: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string()).default({}),
  paths: z.array(Path).default([]),
  annotations: z.record(z.string().min(1), z.string()).default({}),
  entrypoint: z.array(z.string()).default([]),
  cmd: z.array(z.string()).default([]),
  "size-limit": z.int().min(1).describe("Most MiB that all layers together may have."),
});
export type Recipe = z.infer<typeof Recipe>;
export type RecipeArtifact = z.infer<typeof Artifact>;
export type RecipePath = z.infer<typeof Path>;

/** A recipe with its name and those it stands on, the lowest layer first. */
export interface RecipeChain {
  readonly name: string;
  readonly steps: readonly { readonly name: string; readonly recipe: Recipe }[];
}

/** Longest chain of `from`; more is a loop or a mistake. */
const LONGEST_CHAIN = 8;

/** Follows `from` down to the base. Throws an Error that says which recipe is missing, looped or has no accounts. */
export function chainRecipes(name: string, recipes: ReadonlyMap<string, Recipe>): RecipeChain {
  const steps: { name: string; recipe: Recipe }[] = [];
  let next: string | undefined = name;
  while (next !== undefined) {
    const recipe = recipes.get(next);
    if (recipe === undefined) throw new Error(`There is no recipe "${next}".`);
    if (steps.length === LONGEST_CHAIN || steps.some((step) => step.name === next))
      throw new Error(`The recipe "${name}" stands on itself.`);
    steps.unshift({ name: next, recipe });
    next = recipe.from;
  }
  const chain = { name, steps };
  accountsOf(chain);
  return chain;
}

/** The recipe that gives the image its name, user and command: the last of the chain. */
export function topOf(chain: RecipeChain): Recipe {
  const top = chain.steps.at(-1);
  if (top === undefined) throw new Error("A chain of recipes is never empty.");
  return top.recipe;
}

/** The accounts that hold for the whole image: the nearest that are given. */
export function accountsOf(chain: RecipeChain): NonNullable<Recipe["accounts"]> {
  const accounts = chain.steps.findLast((step) => step.recipe.accounts)?.recipe.accounts;
  if (accounts === undefined) throw new Error(`The recipe "${chain.name}" has no accounts.`);
  return accounts;
}

/** Packages that a step asks for, and those that it and its base leave out. */
export function packagesOf(steps: RecipeChain["steps"]): {
  readonly wanted: readonly string[];
  readonly excluded: readonly string[];
} {
  const wanted = new Set<string>();
  const excluded = new Set<string>();
  for (const entry of steps.flatMap((step) => step.recipe.contents.packages)) {
    if (entry.startsWith("!")) excluded.add(entry.slice(1));
    else wanted.add(entry);
  }
  for (const name of wanted) excluded.delete(name);
  return { wanted: [...wanted].toSorted(), excluded: [...excluded].toSorted() };
}
