/** A way to tell a tool to look away, in the files whose names end so. */
export interface Suppression {
  readonly files: RegExp;
  readonly pattern: RegExp;
  /** Whether it is a comment; otherwise it is code. */
  readonly isComment: boolean;
  /** What tests use to state that something is a mistake. */
  readonly isFineInTests?: boolean;
}

const SCRIPT = /\.(?:[cm]?[jt]sx?|vue|svelte)$/u;
const ANY = /./u;

/** Every way that is known, the ones for single languages first. */
export const SUPPRESSIONS: readonly Suppression[] = [
  comment(
    SCRIPT,
    /(?:eslint|oxlint|stylelint|tslint)[-:]disable(?:-next-line|-line)?\b|@ts-(?:ignore|nocheck)\b|\b(?:istanbul|c8|v8|node:coverage) (?:ignore|disable)\b|\b(?:biome|rome|deno-lint)-ignore(?:-all|-file|-start)?\b|\$Flow(?:FixMe|Ignore|Issue)\b/u,
  ),
  { ...comment(SCRIPT, /@ts-expect-error\b/u), isFineInTests: true },
  { ...code(/\.(?:[cm]?tsx?|vue|svelte)$/u, /\bas any\b(?!\s*\[)/u), isFineInTests: true },
  comment(
    /\.pyw?$|\.pyi$/u,
    /#\s*(?:noqa|type:\s*ignore|pyright:\s*(?:ignore|basic)|mypy:\s*(?:ignore|disable|allow)|pylint:\s*(?:disable|skip-file)|(?:ruff|flake8):\s*noqa|pragma:\s*no (?:cover|branch)|nosec|pytype:\s*(?:disable|skip-file))/iu,
  ),
  comment(/\.go$/u, /\/\/\s?nolint\b|\/\/lint:ignore\b|#nosec\b/u),
  code(/\.rs$/u, /#!?\[\s*(?:cfg_attr\([^\]]{0,100},\s*)?allow\s*\(/u),
  code(/\.(?:java|kt|kts|scala|groovy)$/u, /@(?:file:)?Suppress(?:Warnings|Lint)?\s*\(/u),
  code(
    /\.cs$/u,
    /#pragma warning disable\b|\[(?:assembly:\s*)?SuppressMessage\(|#nullable disable\b/u,
  ),
  comment(
    /\.(?:c|cc|cpp|cxx|h|hpp|m|mm)$/u,
    /\bNOLINT(?:NEXTLINE|BEGIN)?\b|\bcppcheck-suppress\b/u,
  ),
  code(/\.(?:c|cc|cpp|cxx|h|hpp|m|mm)$/u, /#pragma (?:GCC|clang) diagnostic ignored\b/u),
  comment(/\.(?:rb|rake)$|(?:^|\/)(?:Gemfile|Rakefile)$/u, /#\s*rubocop:disable\b|#\s*:nocov:/u),
  comment(/\.(?:sh|bash|zsh|ksh)$/u, /#\s*shellcheck disable=/u),
  comment(
    /\.php\d?$/u,
    /@phpstan-ignore|@psalm-suppress|phpcs:(?:ignore|disable)|@codeCoverageIgnore/u,
  ),
  comment(/\.swift$/u, /swiftlint:disable\b/u),
  comment(/(?:^|\/)(?:Dockerfile|Containerfile)[^/]*$/u, /#\s*hadolint ignore=/u),
  comment(/\.(?:tf|ya?ml)$/u, /\b(?:tfsec:ignore|checkov:skip|trivy:ignore|yamllint disable)/u),
  comment(
    ANY,
    /\b(?:NOSONAR|nosemgrep|codeql\[|lgtm\[|gitleaks:allow|secretlint-disable|pragma: allowlist secret)/u,
  ),
];

function comment(files: RegExp, pattern: RegExp): Suppression {
  return { files, pattern: everywhere(pattern), isComment: true };
}

function code(files: RegExp, pattern: RegExp): Suppression {
  return { files, pattern: everywhere(pattern), isComment: false };
}

/** A line may name one in a string and mean one in a comment behind it. */
function everywhere({ source, flags }: RegExp): RegExp {
  return new RegExp(source, `${flags}g`);
}
