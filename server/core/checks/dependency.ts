import { ECOSYSTEMS } from "../../ecosystems/ecosystems.ts";
import type { Check } from "./check.ts";
import { findAdded } from "./dependency-added.ts";
import { findUndeclared } from "./dependency-undeclared.ts";

/** `dependency/added` in every ecosystem. */
export const findAddedDependencies: Check = (input) =>
  ECOSYSTEMS.flatMap((ecosystem) => findAdded(input, ecosystem));

/** `dependency/undeclared-import` in every ecosystem. */
export const findUndeclaredImports: Check = (input) =>
  ECOSYSTEMS.flatMap((ecosystem) => findUndeclared(input, ecosystem));
