import type { Severity } from "./finding.ts";

/** What a rule is, for people: its page in docs/rules is generated from this. */
export interface Rule {
  readonly title: string;
  readonly severity: Severity;
  /** Points that one finding costs at the default weights. */
  readonly points: number;
  /** What it looks for, in one or two sentences. */
  readonly what: string;
  /** Why that matters: the attack or the accident behind it. */
  readonly why: string;
  /** How to mend it, or how to accept it knowingly. */
  readonly remedy: string;
}

/** Every rule that exists. Ids are stable: they are written into policies and attestations. */
export const RULES = {
  "dependency/added": {
    title: "A dependency was added",
    severity: "warning",
    points: 4,
    what: "The change adds a package to a manifest or lock file that the base does not have.",
    why: "Every package runs with the rights of the program that uses it. Assistants add packages quickly, and one name in five that models suggest does not exist until an attacker registers it.",
    remedy:
      "Look at the package, then keep it knowingly, or remove it and use what the project already has.",
  },
  "dependency/undeclared-import": {
    title: "An import is not declared",
    severity: "error",
    points: 10,
    what: "The change imports a package that no manifest declares.",
    why: "The code works only where somebody happened to install the package, and the name can be registered by anyone. Made-up names show up here first.",
    remedy: "Declare the package in the manifest, or import the one that was meant.",
  },
  "dependency/unreadable": {
    title: "A manifest or lock file could not be read",
    severity: "error",
    points: 10,
    what: "A manifest or lock file of the change does not parse, so its packages are not known.",
    why: "What cannot be read cannot be judged: a gate that skips it lets anything through.",
    remedy: "Mend the file; the message names the place.",
  },
  "dependency/does-not-exist": {
    title: "A package does not exist",
    severity: "error",
    points: 20,
    what: "The change names a package, or a version of one, that the configured registry does not know.",
    why: "Models make up plausible names, the same ones again and again; whoever registers such a name first runs code on every machine that trusts the suggestion.",
    remedy:
      "Use the package that was meant, or remove the line; do not register or install the name.",
  },
  "dependency/name-lookalike": {
    title: "A package's name looks like that of another one",
    severity: "error",
    points: 15,
    what: "The change adds a package whose name differs in little from one that the project has or that many projects use, and that is not long established itself.",
    why: "Typosquatted packages live from a letter that nobody looks at twice.",
    remedy: "Use the package that was meant, or accept this one knowingly with an exception.",
  },
  "dependency/too-new": {
    title: "A version was published only just now",
    severity: "error",
    points: 12,
    what: "The version of a package that the change brings in has been public for fewer hours than the policy, or another tool's configuration in the repository, asks for. A version that mends a known weakness of the one it replaces is let through.",
    why: "Most hijacked releases are found and taken down within a day; who waits is not hit.",
    remedy: "Take the version before it, or wait until it has been public for long enough.",
  },
  "dependency/install-script": {
    title: "A package runs code when it is installed",
    severity: "warning",
    points: 6,
    what: "A package that the change brings in has a script that the package manager runs at installation, or can only be installed by running its build. The version that it replaces had none.",
    why: "It runs before anybody has called the package, outside of every test, with the developer's rights.",
    remedy: "Read the script, or install with scripts switched off.",
  },
  "dependency/vulnerable": {
    title: "A package has a known vulnerability",
    severity: "error",
    points: 12,
    what: "An advisory is on record against the exact version that the change brings in.",
    why: "What is known to be weak is attacked first, and by machines.",
    remedy:
      "Take the fixed version that the message names, or state in a VEX document why it does not concern the project.",
  },
  "dependency/malicious": {
    title: "A package is known to be malicious",
    severity: "error",
    points: 40,
    what: "The version that the change brings in was reported as made to do harm.",
    why: "Installing it is enough.",
    remedy: "Remove it; where it was installed already, treat the machine's credentials as stolen.",
  },
  "dependency/license": {
    title: "A package's licence is not allowed",
    severity: "error",
    points: 8,
    what: "The licence of a package that the change brings in is denied, or not among those that the policy allows.",
    why: "Terms that the project cannot keep are found late and are costly to get out of.",
    remedy: "Use another package, or have the policy's owner allow the licence.",
  },
  "dependency/denied": {
    title: "A package is denied by the policy",
    severity: "error",
    points: 20,
    what: "The change brings in a package that the policy names under `dependencies.deny`.",
    why: "Somebody decided on it before, for a reason.",
    remedy: "Use what the project uses in its stead.",
  },
  "dependency/exotic-source": {
    title: "A package comes from outside the registry",
    severity: "warning",
    points: 6,
    what: "The change brings in a package from a git repository, an address or a file archive.",
    why: "What lies behind an address can be exchanged at any time, is in no list of advisories, and its scripts often run at installation.",
    remedy: "Use a version from the registry, or pin the source to a full commit id.",
  },
  "dependency/lockfile-mismatch": {
    title: "The lock file does not fit",
    severity: "error",
    points: 15,
    what: "The content hash or the source of a locked package changed without its version, a hash is gone, or the lock file's version is not one that the manifest asks for.",
    why: "A lock file is long and nobody reads it, which makes it the quietest place to exchange a package.",
    remedy: "Make the lock file anew with the package manager, from the base's one.",
  },
  "dependency/deprecated": {
    title: "A package is deprecated",
    severity: "info",
    points: 2,
    what: "The publisher has marked the version that the change brings in as deprecated or withdrawn it.",
    why: "Nobody mends it any more.",
    remedy: "Use the successor that the publisher names.",
  },
  "dependency/unpinned": {
    title: "A package may be of any version",
    severity: "info",
    points: 1,
    what: "The change declares a package with a range that has no upper end, and no lock file of the change pins it.",
    why: "What is installed is then decided by whoever publishes next.",
    remedy: "Give a version or a bounded range, and commit the lock file.",
  },
  "dependency/provenance-downgrade": {
    title: "A package lost its provenance",
    severity: "error",
    points: 12,
    what: "The version that is replaced has an attestation of where it was built and the new one of the same major line and publisher has none, or one that does not verify.",
    why: "A release that did not come out of the usual build was made by somebody with a stolen token, or in a hurry.",
    remedy: "Stay on the version before until the publisher has explained it.",
  },
  "dependency/facts-missing": {
    title: "Facts about packages are missing",
    severity: "warning",
    points: 4,
    what: "Something that the checks need to know about the packages of the change could not be had: the registry or the source of advisories did not answer, is not configured, or was not to be asked.",
    why: "Missing evidence never counts as good.",
    remedy: "Check again with a connection; the message says what stood in the way.",
  },
  "policy/protected-path": {
    title: "A protected file was changed",
    severity: "error",
    points: 12,
    what: "The change touches a file that the policy protects.",
    why: "Some files decide over money, access or the build itself. A person should see each change to them before it is shipped.",
    remedy: "Have the file's owner look at it and approve it, or take the edit back.",
  },
  "policy/host-executed-file": {
    title: "A file that runs on the developer's machine was changed",
    severity: "error",
    points: 12,
    what: "The change touches a file that an editor, git, a package manager or an assistant executes on the host: hooks, tasks, CI, agent settings, lifecycle scripts.",
    why: "Such a file runs outside every sandbox, with the developer's credentials, often without being asked for: opening the folder or installing the packages is enough.",
    remedy:
      "Read the commands in it as if you were to type them yourself, then approve them or take the edit back.",
  },
  "policy/policy-changed": {
    title: "The change edits the policy that judges it",
    severity: "error",
    points: 10,
    what: "The change touches shipgate.yaml, or .shipgate/allowed-signers, the list of people whose approvals count. This change is still judged by the policy of its merge base.",
    why: "A change must not rewrite its own judge.",
    remedy: "Review the policy edit on its own; it takes effect once it is merged.",
  },
  "policy/invalid": {
    title: "The policy is not valid",
    severity: "error",
    points: 20,
    what: "The policy of the merge base, or the one in the working tree, has a mistake.",
    why: "A policy that is only half understood protects only half of what its author meant.",
    remedy: "Mend the place that the message names; `shipgate policy validate` checks the file.",
  },
  "policy/exception-expired": {
    title: "An exception has expired",
    severity: "info",
    points: 1,
    what: "A finding of this change would have been covered by an exception of the policy, had it not expired.",
    why: "Exceptions are granted for a time so that somebody looks again; one that quietly lives on is a hole.",
    remedy: "Mend the finding, or have the owner renew the exception in shipgate.yaml.",
  },
  "policy/secret": {
    title: "A secret is in the change",
    severity: "error",
    points: 20,
    what: "A new line holds a credential of a known form: a token, a private key, a password in an address. The secret itself is not shown anywhere.",
    why: "What was once committed stays in history and in every clone, and programs that look for keys find it within minutes.",
    remedy:
      "Take it out, read it from the environment or a secret store, and revoke it if it was ever pushed.",
  },
  "policy/possible-secret": {
    title: "This may be a secret",
    severity: "warning",
    points: 5,
    what: "A new line gives a value that looks random to a name such as `password`, `token` or `apiKey`. Tests and documents are left out.",
    why: "Most credentials have no form by which they could be known; their name and their randomness give them away.",
    remedy: "Read the value from the environment or a secret store, or accept it if it is public.",
  },
  "policy/test-weakened": {
    title: "A test was weakened by the change that it should judge",
    severity: "error",
    points: 9,
    what: "In JavaScript, TypeScript and Python: a test is gone, skipped, expected to fail, or asserts less than before; `.only` leaves the others out; most snapshots of a file were rewritten; a coverage threshold or a test script was relaxed. A renamed or moved test, a stronger assertion and the tests of a deleted file are none of it.",
    why: "The quickest way to a green run is a test that no longer looks. Assistants that cannot make a test pass are known to take it.",
    remedy:
      "Take the test back as it was and mend the code, or say in review why the test was wrong.",
  },
  "policy/suppression-added": {
    title: "A warning was silenced",
    severity: "warning",
    points: 4,
    what: "A new line tells a linter, a type checker or a coverage tool to look away: `eslint-disable`, `@ts-ignore`, `as any`, `# noqa`, `# type: ignore`, `//nolint`, `#[allow]` and their like, or a configuration turns a check off.",
    why: "A silenced warning is a mistake that nobody will see again.",
    remedy:
      "Mend what the tool complains about; where it is wrong, narrow the comment to one rule and say why.",
  },
  "policy/hidden-unicode": {
    title: "The line holds what nobody sees",
    severity: "error",
    points: 15,
    what: "A new line of code, or of a file that steers assistants, holds bidirectional controls, invisible or tag characters, control characters, or a name that mixes letters of two scripts. Emoji, right-to-left prose and byte order marks are none of it.",
    why: "Code that reads otherwise than it runs passes every review (Trojan Source), and hidden text gives orders to assistants (Rules File Backdoor).",
    remedy: "Delete the characters, or write them as escapes where the program needs them.",
  },
  "policy/forbidden-api": {
    title: "Forbidden code was added",
    severity: "error",
    points: 10,
    what: "A new line matches a pattern of the policy's `forbidden-apis`, or one of a few that are wrong nearly everywhere: TLS checks turned off, `eval`, command lines put together from values, unsafe loading of data, downloads piped into a shell. Tests are left out of the latter.",
    why: "These few calls are behind a large share of real holes, and each has a safe twin.",
    remedy: "Use the safe way: argument lists, real certificates, parsers that only parse.",
  },
  "policy/change-too-large": {
    title: "The change is too large to be reviewed",
    severity: "warning",
    points: 6,
    what: "The change has more lines or files than the policy's `change-size` allows. Lock files and generated files are not counted.",
    why: "Beyond a few hundred lines people approve what they no longer read.",
    remedy: "Divide it into changes that each do one thing.",
  },
  "policy/unreadable-source": {
    title: "A source file cannot be read",
    severity: "error",
    points: 10,
    what: "A source file of the change is no text, or too large to be read as text.",
    why: "What cannot be read cannot be judged, and neither people nor checks see what it does.",
    remedy: "Save the file as UTF-8 text, or divide it.",
  },
  "provenance/unattributed": {
    title: "Nobody is on record for these lines",
    severity: "info",
    points: 3,
    what: "Lines appeared while a connected assistant was at work in the same file, or the policy asks for attribution, and no source says who wrote them.",
    why: "Without an author the chain from the assistant's session to the shipped image has a gap.",
    remedy:
      "Connect the assistant that wrote them (`shipgate connect`), or accept them as your own.",
  },
  "provenance/broken-chain": {
    title: "The journal's chain is broken",
    severity: "error",
    points: 20,
    what: "An entry of Shipgate's journal does not match the hash that the next one records.",
    why: "Somebody or something rewrote the record of who wrote what, so it proves nothing any more.",
    remedy: "Run `shipgate journal verify` to see the place; entries before it still count.",
  },
  "sandbox/test-outcome-changed": {
    title: "A test gives another result than before",
    severity: "error",
    points: 15,
    what: "A test that passed on the base fails or is gone on the head, with the same command in the same box.",
    why: "It is the most direct evidence that the change does something else than it says.",
    remedy: "Mend the code, or the test if the new behaviour is the one that was asked for.",
  },
  "sandbox/new-egress": {
    title: "The change tries to reach the network where the base does not",
    severity: "error",
    points: 15,
    what: "The head run looked up a name or opened a connection that the base run did not. It was refused.",
    why: "Code that phones out at test time does so in production too: telemetry at best, exfiltration at worst.",
    remedy:
      "Take the connection out, or allow the host in the policy's `sandbox.egress` with a reason.",
  },
  "sandbox/new-process": {
    title: "The change starts a program that the base does not",
    severity: "warning",
    points: 6,
    what: "The head run executed a program that the base run did not.",
    why: "A shell or a tool started by code under test is how most planted code gets further.",
    remedy: "Check that the program is meant, then accept it knowingly or take it out.",
  },
  "sandbox/evasion": {
    title: "Code goes past the language probe",
    severity: "error",
    points: 20,
    what: "The kernel saw a Node process of the head run connect or start a program, and the probe that was at work in this very process did not.",
    why: "Ordinary code uses the language's own ways. Who takes its inner ones, or a native addon, to do the same unseen has something to hide, or brings code that nobody can review.",
    remedy:
      "Look for `process.binding`, replaced built-ins and native addons in what the change adds, and take them out.",
  },
  "sandbox/resource-limit": {
    title: "The run hit a limit of its box",
    severity: "error",
    points: 10,
    what: "The head run was ended for time, memory or output, and the base run was not.",
    why: "A run that was cut off proves nothing about what it would have done next.",
    remedy: "Mend the runaway code, or raise the limit in the policy.",
  },
  "sandbox/could-not-run": {
    title: "The change could not be run",
    severity: "warning",
    points: 15,
    what: "No sandbox run of this exact change exists, or a run gave no usable result.",
    why: "Missing evidence never counts as good.",
    remedy: "Run the change in the sandbox; the message says what stood in the way.",
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;

/** Whether a string names a rule. */
export function isRuleId(text: string): text is RuleId {
  return Object.hasOwn(RULES, text);
}

/** The page of a rule. */
export function ruleUrl(rule: RuleId): string {
  return `https://github.com/shipgate/shipgate/blob/main/docs/rules/${rule}.md`;
}
