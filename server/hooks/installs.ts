/** A package that a shell command is about to install. */
export interface Install {
  /** The purl type: `npm`, `pypi`, `cargo`, `golang`. */
  readonly ecosystem: string;
  readonly name: string;
  /** Null where the command names none, or a range. */
  readonly version: string | null;
}

/** Most packages that are read from one command. */
const PACKAGES = 50;
const EXACT = /^v?\d[\w.+-]*$/u;

interface Installer {
  readonly ecosystem: string;
  readonly programs: readonly string[];
  /** The words after the program that make it install what follows. */
  readonly verbs: readonly string[];
  /** Options that take the next word. */
  readonly taking: readonly string[];
  readonly read: (word: string) => Omit<Install, "ecosystem"> | null;
}

const NPM_TAKING = [
  "--registry",
  "--prefix",
  "-C",
  "--workspace",
  "-w",
  "--filter",
  "--tag",
  "--cwd",
  "--dir",
];
const PIP_TAKING =
  "-r --requirement -c --constraint -i --index-url --extra-index-url -t --target -f --find-links -e --editable --python --group --index".split(
    " ",
  );

const INSTALLERS: readonly Installer[] = [
  {
    ecosystem: "npm",
    programs: ["npm", "pnpm", "yarn", "bun"],
    verbs: ["install", "i", "add", "isntall", "in"],
    taking: NPM_TAKING,
    read: readNpm,
  },
  {
    ecosystem: "npm",
    programs: ["npx", "bunx", "pnpx"],
    verbs: [""],
    taking: ["-c", "--call"],
    read: readNpm,
  },
  {
    ecosystem: "pypi",
    programs: ["pip", "pip3", "pipx", "uv", "poetry", "pdm", "pipenv"],
    verbs: ["install", "add", "pip install"],
    taking: PIP_TAKING,
    read: readPypi,
  },
  {
    ecosystem: "cargo",
    programs: ["cargo"],
    verbs: ["add", "install"],
    taking: [
      "--features",
      "-F",
      "--git",
      "--path",
      "--branch",
      "--tag",
      "--rev",
      "--registry",
      "-p",
      "--version",
    ],
    read: readAt,
  },
  {
    ecosystem: "golang",
    programs: ["go"],
    verbs: ["get", "install"],
    taking: ["-C", "-tags"],
    read: readGo,
  },
];

/**
 * The packages that a shell command names to be installed from a registry, as far as its words tell:
 * a name in a variable, a file or a script that it calls is not seen.
 */
export function findInstalls(command: string): readonly Install[] {
  const found: Install[] = [];
  for (const words of splitCommands(command)) {
    for (const install of readCommand(words)) {
      if (found.length < PACKAGES) found.push(install);
    }
  }
  return found;
}

function readCommand(words: readonly string[]): readonly Install[] {
  const { program, rest } = programOf(words);
  const installer = INSTALLERS.find(({ programs }) => programs.includes(program));
  if (installer === undefined) return [];
  const { ecosystem, taking, read } = installer;
  const plain = withoutOptions(rest, taking);
  const verb = installer.verbs
    .toSorted((a, b) => b.length - a.length)
    .find((one) => one === "" || `${plain.join(" ")} `.startsWith(`${one} `));
  if (verb === undefined) return [];
  const names = plain.slice(verb === "" ? 0 : verb.split(" ").length);
  // npx runs its first word; what follows is for the program.
  const meant = verb === "" ? names.slice(0, 1) : names;
  return meant.flatMap((word) => {
    const install = isLocal(word) ? null : read(word);
    return install === null ? [] : [{ ecosystem, ...install }];
  });
}

/** The program that is started, past `sudo`, variables and `python -m`. */
function programOf(words: readonly string[]): { program: string; rest: readonly string[] } {
  let at = 0;
  while (/^(?:sudo|env|time|command|exec|corepack)$|^\w+=/u.test(words[at] ?? "")) at += 1;
  const program = (words[at] ?? "").split(/[/\\]/u).at(-1) ?? "";
  const isModule = /^(?:python[\d.]*|py)$/u.test(program) && words[at + 1] === "-m";
  if (isModule) return { program: words[at + 2] ?? "", rest: words.slice(at + 3) };
  return { program, rest: words.slice(at + 1) };
}

function withoutOptions(words: readonly string[], taking: readonly string[]): readonly string[] {
  const plain: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--") continue;
    if (!word.startsWith("-")) plain.push(word);
    else if (taking.includes(word)) at += 1;
  }
  return plain;
}

function isLocal(word: string): boolean {
  return (
    word === "" ||
    /^(?:[.~/]|[A-Za-z]:[/\\])|:\/\/|^(?:file|git|github|link|workspace|npm|http|https):|[$`*]|\.(?:tgz|whl|zip|tar\.gz)$/u.test(
      word,
    )
  );
}

function readNpm(word: string): Omit<Install, "ecosystem"> | null {
  const [, name, version] = /^((?:@[\w.~-]+\/)?[\w.~-]+)(?:@(.+))?$/u.exec(word) ?? [];
  return name === undefined ? null : { name, version: exact(version) };
}

function readPypi(word: string): Omit<Install, "ecosystem"> | null {
  const [, name, version] =
    /^([A-Za-z\d](?:[\w.-]*[A-Za-z\d])?)(?:\[[^\]]*\])?\s*(?:==\s*([^,;\s]+)|@([\d][^,;\s]*)|[<>~!=;].*)?$/u.exec(
      word,
    ) ?? [];
  return name === undefined ? null : { name, version: exact(version) };
}

function readAt(word: string): Omit<Install, "ecosystem"> | null {
  const [, name, version] = /^([\w-]+)(?:@(.+))?$/u.exec(word) ?? [];
  return name === undefined ? null : { name, version: exact(version) };
}

/** A package of Go is a path in a module; only what looks like a host's is asked about. */
function readGo(word: string): Omit<Install, "ecosystem"> | null {
  const [, name, version] = /^([\w-]+\.[\w.-]+\/[^@\s]+)(?:@(.+))?$/u.exec(word) ?? [];
  return name === undefined ? null : { name, version: exact(version) };
}

function exact(version: string | undefined): string | null {
  return version !== undefined && EXACT.test(version) ? version : null;
}

/** The words of each command in a line of shell, quotes taken off. What is between quotes is one word. */
function splitCommands(command: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  const pieces = command.matchAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|(&&|\|\||[;|&\n()])|([^\s'";|&()]+)|(\s)/gu,
  );
  let isGlued = false;
  for (const [, single, double, separator, plain, space] of pieces) {
    const text = single ?? double ?? plain;
    if (separator !== undefined) commands.push([]);
    const last = commands.at(-1);
    if (text !== undefined && last !== undefined) {
      if (isGlued) last.push(`${last.pop() ?? ""}${text}`);
      else last.push(text);
    }
    isGlued = text !== undefined && space === undefined;
  }
  return commands.filter((words) => words.length > 0);
}
