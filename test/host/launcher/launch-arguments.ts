/** What `runTests` of @vscode/test-electron asks of a VS Code executable. */
export interface Launch {
  readonly folder: string | null;
  readonly developmentPath: string | null;
  readonly testsPath: string | null;
  readonly extensions: string | null;
  readonly userData: string | null;
  /** `null`: off. Else the ids given; none stands for every extension under development. */
  readonly proposedApi: readonly string[] | null;
  /** Packages to install instead of opening a window. */
  readonly install: readonly string[];
}

/** Reads the arguments of the desktop executable; those that mean nothing without a window are let pass. */
export function readLaunchArguments(args: readonly string[]): Launch {
  const developmentPaths = valuesOf(args, "extensionDevelopmentPath");
  if (developmentPaths.length > 1) {
    throw new Error("Only one --extensionDevelopmentPath can be loaded without a desktop.");
  }
  const ids = valuesOf(args, "enable-proposed-api");
  const isProposed = ids.length > 0 || args.includes("--enable-proposed-api");
  return {
    folder: args.find((arg, index) => !arg.startsWith("-") && !isValue(args, index)) ?? null,
    developmentPath: developmentPaths[0] ?? null,
    testsPath: valuesOf(args, "extensionTestsPath")[0] ?? null,
    extensions: valuesOf(args, "extensions-dir")[0] ?? null,
    userData: valuesOf(args, "user-data-dir")[0] ?? null,
    proposedApi: isProposed ? ids : null,
    install: valuesOf(args, "install-extension"),
  };
}

const withValue = [
  "extensionDevelopmentPath",
  "extensionTestsPath",
  "extensions-dir",
  "user-data-dir",
  "install-extension",
];

/** Values of `--name=value`, and of `--name value` for names that always have one. */
function valuesOf(args: readonly string[], name: string): string[] {
  return args.flatMap((arg, index) => {
    if (arg.startsWith(`--${name}=`)) return [arg.slice(name.length + 3)];
    const next = args[index + 1];
    return arg === `--${name}` && withValue.includes(name) && next !== undefined ? [next] : [];
  });
}

function isValue(args: readonly string[], index: number): boolean {
  return withValue.some((name) => args[index - 1] === `--${name}`);
}
