import { cargo } from "./cargo/cargo.ts";
import { composer } from "./composer/composer.ts";
import { docker } from "./docker/docker.ts";
import type { Ecosystem } from "./ecosystem.ts";
import { gem } from "./gem/gem.ts";
import { github } from "./github/github.ts";
import { golang } from "./golang/golang.ts";
import { maven } from "./maven/maven.ts";
import { npm } from "./npm/npm.ts";
import { nuget } from "./nuget/nuget.ts";
import { pypi } from "./pypi/pypi.ts";

/** Every ecosystem that is read. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  npm,
  pypi,
  golang,
  cargo,
  maven,
  gem,
  nuget,
  composer,
  docker,
  github,
];
