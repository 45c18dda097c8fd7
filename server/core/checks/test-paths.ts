import type { RepoPath } from "../location.ts";

const FOLDER = /(?:^|\/)(?:__tests__|__mocks__|tests?|specs?|testing|e2e|cypress)\//u;
const NAME =
  /(?:[._-](?:test|spec|cy|e2e)\.[cm]?[jt]sx?|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.pyw?|_test\.go|_spec\.rb|Tests?\.(?:java|kt|cs|scala|swift))$/u;

/** Whether a file holds tests, or what tests need, as far as its name says. */
export function isTestPath(path: RepoPath): boolean {
  return FOLDER.test(path) || NAME.test(path);
}
