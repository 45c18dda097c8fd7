import { BUILTIN_MODULES } from "./builtin-modules.ts";
import { isPackageName } from "./package-spec.ts";

/**
 * The package that an import specifier names; null for what is no package: relative and absolute
 * paths, `#` subpaths, built-in modules, URLs and other schemes, names that no package can have.
 */
export function packageOfSpecifier(specifier: string): string | null {
  // Bundlers put loaders in front (`raw-loader!x`) and options behind (`x?url`).
  const bare = (specifier.split("!").at(-1) ?? "").split("?", 1)[0] ?? "";
  if (/^(?:[./#]|[a-z][a-z\d+.-]*:)/iu.test(bare)) return null;
  const parts = bare.split("/");
  const name = parts.slice(0, bare.startsWith("@") ? 2 : 1).join("/");
  if (BUILTIN_MODULES.has(bare) || BUILTIN_MODULES.has(name)) return null;
  return isPackageName(name) ? name : null;
}
