import type { Command, CommandOption } from "../command.ts";
import { OFFLINE, SELECTION } from "../selection.ts";

const FORMAT: CommandOption = {
  type: "string",
  choices: ["text", "json"],
  description: "How the result is printed.",
};

const UNENCRYPTED: CommandOption = {
  type: "boolean",
  description: "Keep the key without a passphrase; only your user can read the file.",
};
const YES: CommandOption = { type: "boolean", description: "Write without asking." };
const DRY_RUN: CommandOption = { type: "boolean", description: "Show only." };

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "check",
    summary: "Judge a change: attribution, findings, runs, verdict and score.",
    details:
      "Without options: the working tree against its merge base with the default branch. Base and head are run in the sandbox where no result of exactly the same content is kept. Exits with the verdict.",
    options: {
      ...SELECTION,
      run: { type: "boolean", description: "Run base and head in the sandbox; the default." },
      "no-run": { type: "boolean", description: "Run nothing; use kept results only." },
      ...OFFLINE,
      format: {
        type: "string",
        choices: ["text", "json", "sarif", "markdown"],
        description: "How the result is printed.",
      },
    },
    load: () => import("./check.ts"),
  },
  {
    name: "run",
    summary: "Run base and head in the sandbox and tell what differs.",
    details:
      "Without the other checks. COMMAND stands for the policy's command; such a run is no evidence for `check`. Exits 0 without a difference that the policy blocks on, 1 with one, 2 where a run gave no result, 3 without an engine.",
    takesRest: true,
    options: { ...SELECTION, format: FORMAT },
    load: () => import("./run.ts"),
  },
  {
    name: "score",
    summary: "Show the trust score of the branch as a sum.",
    details: "From what is known already: nothing is run for it.",
    options: { ...SELECTION, format: FORMAT },
    load: () => import("./score.ts"),
  },
  {
    name: "explain",
    summary: "Tell what a rule looks for, why, and what to do.",
    operands: { usage: "RULE", min: 1, max: 1 },
    options: { format: FORMAT },
    load: () => import("./explain.ts"),
  },
  {
    name: "policy validate",
    summary: "Look for mistakes in a policy file.",
    details: "Without FILE it is shipgate.yaml in the folder. Exits 1 where there is a mistake.",
    operands: { usage: "[FILE]", min: 0, max: 1 },
    options: { format: FORMAT },
    load: () => import("./policy-validate.ts"),
  },
  {
    name: "policy show",
    summary: "Show the policy that judges the change, with the origin of each value.",
    details:
      "The policy is read from the merge base: what the change does to shipgate.yaml does not count yet.",
    options: { base: SELECTION.base, head: SELECTION.head, format: FORMAT },
    load: () => import("./policy-show.ts"),
  },
  {
    name: "policy schema",
    summary: "Print the JSON Schema of shipgate.yaml.",
    options: {},
    load: () => import("./policy-schema.ts"),
  },
  {
    name: "hook",
    summary: "Take one event of an assistant on standard input and answer it.",
    details:
      "Called by a connected assistant, never by a person. AGENT is `claude-code`, `copilot` (the agent in VS Code), `copilot-cli`, `cursor`, `codex`, `gemini`, or `agent-v1` for whatever speaks git-ai's checkpoint protocol. The answer and the exit code are in the assistant's own dialect.",
    operands: { usage: "AGENT", min: 1, max: 1 },
    options: {},
    load: () => import("./hook.ts"),
  },
  {
    name: "connect",
    summary: "Have assistants report their edits, after a preview.",
    details:
      "Without AGENT: every assistant that is found on this machine. Shows what would be written to which file and asks. What is in the file stays; `--remove` puts it back as it was, byte for byte where nobody edited it since. AGENT is `claude-code`, `copilot`, `cursor`, `codex` or `gemini`.",
    operands: { usage: "[AGENT…]", min: 0, max: Number.POSITIVE_INFINITY },
    options: {
      remove: { type: "boolean", description: "Take our hooks out again." },
      project: {
        type: "boolean",
        description: "Write to the repository's files, for everyone who works on it.",
      },
      yes: YES,
      "dry-run": DRY_RUN,
    },
    load: () => import("./connect.ts"),
  },
  {
    name: "git-hooks install",
    summary: "Have git ask the gate before a commit and before a push.",
    details:
      "Shows the files and asks. A hook that is there is kept and called first. Where another tool keeps the hooks (husky, hooks of all repositories) nothing is written, and what to add there is told.",
    options: {
      notes: {
        type: "boolean",
        description:
          "Also sign each commit's verdict and authors into its note, and carry it over rewrites.",
      },
      yes: YES,
      "dry-run": DRY_RUN,
    },
    load: () => import("./git-hooks-install.ts"),
  },
  {
    name: "git-hooks remove",
    summary: "Take the git hooks away again; what was there before comes back.",
    options: { yes: YES, "dry-run": DRY_RUN },
    load: () => import("./git-hooks-remove.ts"),
  },
  {
    name: "git-hooks run",
    summary: "Judge what git is about to do; called by the hooks.",
    details:
      "HOOK is `pre-commit` (what is staged, running nothing; stops what fails), `pre-push` (each pushed commit, with kept or fresh runs; stops what fails or is unproven), `post-commit` (tells of a commit that was not judged) or `post-rewrite` (carries notes). Exits 1 to stop git.",
    operands: { usage: "HOOK", min: 1, max: 1 },
    options: {
      notes: { type: "boolean", description: "After a commit, write its note." },
    },
    load: () => import("./git-hooks-run.ts"),
  },
  {
    name: "deps list",
    summary: "List the packages that manifests and lock files name.",
    details: "A file that cannot be read whole exits 3: what is not known is not left out.",
    operands: { usage: "FILE…", min: 1, max: Number.POSITIVE_INFINITY },
    options: { format: FORMAT },
    load: () => import("./deps-list.ts"),
  },
  {
    name: "deps diff",
    summary: "Tell which packages one file has that another has not.",
    details:
      "Compares what two versions of a manifest or lock file name: versions, sources and hashes. The name of one of the two says how both are read.",
    operands: { usage: "BEFORE AFTER", min: 2, max: 2 },
    options: { format: FORMAT },
    load: () => import("./deps-diff.ts"),
  },
  {
    name: "approve",
    summary: "Accept exactly this change, with your signature.",
    details:
      "Signs the tree and the policy with the key that git signs with (SSH), or with your own of `shipgate key create`. Any edit voids it. Counts where .shipgate/allowed-signers of the merge base lists the key; exits 1 where it does not count.",
    options: {
      ...SELECTION,
      reason: { type: "string", value: "TEXT", description: "Why it is acceptable." },
      note: {
        type: "boolean",
        description: "Also write it into refs/notes/shipgate; needs --head.",
      },
      format: FORMAT,
    },
    load: () => import("./approve.ts"),
  },
  {
    name: "approvals",
    summary: "List the approvals of exactly this change, and whether they count.",
    options: { ...SELECTION, format: FORMAT },
    load: () => import("./approvals.ts"),
  },
  {
    name: "notes write",
    summary: "Sign the verdict on a commit and who wrote its lines into refs/notes/shipgate.",
    details:
      "One DSSE envelope a line: verification summary, attribution, and the approvals of the commit's tree. COMMIT is HEAD unless named. The verdict is from kept runs; nothing is run. Notes travel with `git push origin refs/notes/shipgate`.",
    operands: { usage: "[COMMIT]", min: 0, max: 1 },
    options: { base: SELECTION.base, format: FORMAT },
    load: () => import("./notes-write.ts"),
  },
  {
    name: "notes show",
    summary: "Show the signed statements about a commit, and whether they hold.",
    details:
      "Against the keys in .shipgate/allowed-signers of the merge base. Exits 1 where a statement does not hold.",
    operands: { usage: "[COMMIT]", min: 0, max: 1 },
    options: { format: FORMAT },
    load: () => import("./notes-show.ts"),
  },
  {
    name: "notes carry",
    summary: "Write the notes of commits that a rewrite made from others.",
    details:
      "After a squash merge or cherry-pick: `notes carry NEW OLD…`. From a post-rewrite hook (amend, rebase): `--stdin`. Statements are not copied: lines are attributed anew by content, and approvals are kept only where the tree is the same. Commits whose old ones had no note are passed over.",
    operands: { usage: "[NEW OLD…]", min: 0, max: 1_000 },
    options: {
      stdin: {
        type: "boolean",
        description: "Read pairs of old and new commits from standard input.",
      },
      format: FORMAT,
    },
    load: () => import("./notes-carry.ts"),
  },
  {
    name: "attribution export",
    summary: "Print who wrote a commit's lines in another tool's format.",
    details:
      "FORMAT is `git-ai` (authorship/3.0.0) or `agent-trace` (0.1.0, one record as a line for .agent-trace/traces.jsonl). COMMIT is HEAD unless named.",
    operands: { usage: "FORMAT [COMMIT]", min: 1, max: 2 },
    options: {
      write: { type: "boolean", description: "Also write git-ai's note, in refs/notes/ai." },
    },
    load: () => import("./attribution-export.ts"),
  },
  {
    name: "attribution import",
    summary: "Sign another tool's record of who wrote a commit's lines into our note.",
    details:
      "From refs/notes/ai (`git-ai`) or .agent-trace/traces.jsonl (`agent-trace`). What nobody signed is likely at best, and counts only for lines of which nothing else is known.",
    operands: { usage: "FORMAT [COMMIT]", min: 1, max: 2 },
    options: {
      file: { type: "string", value: "FILE", description: "Read this file instead." },
      format: FORMAT,
    },
    load: () => import("./attribution-import.ts"),
  },
  {
    name: "key create",
    summary: "Make a key to sign with.",
    details:
      "Kept in `shipgate/key.pem` of your settings folder, or where SHIPGATE_KEY says, encrypted with the passphrase in SHIPGATE_KEY_PASSPHRASE.",
    options: {
      type: { type: "string", choices: ["ecdsa-p256", "ed25519"], description: "Kind of key." },
      unencrypted: UNENCRYPTED,
      format: FORMAT,
    },
    load: () => import("./key-create.ts"),
  },
  {
    name: "key import",
    summary: "Keep a copy of a PKCS#8 key to sign with.",
    details:
      "Ed25519 or ECDSA P-256. An encrypted file is opened with SHIPGATE_IMPORT_PASSPHRASE, else with SHIPGATE_KEY_PASSPHRASE.",
    operands: { usage: "FILE", min: 1, max: 1 },
    options: { unencrypted: UNENCRYPTED, format: FORMAT },
    load: () => import("./key-import.ts"),
  },
  {
    name: "key show",
    summary: "Show which key signs, and its line for the list of signers.",
    options: { format: FORMAT },
    load: () => import("./key-show.ts"),
  },
  {
    name: "journal verify",
    summary: "Check that the record of who wrote what is whole.",
    details:
      "Follows the chain of hashes from the first entry to the last. Exits 1 where it breaks.",
    options: { format: FORMAT },
    load: () => import("./journal-verify.ts"),
  },
  {
    name: "ship",
    summary: "Build the approved commit into an image and push it with its papers.",
    details:
      "Refuses unless the working tree is the commit, the verdict is `pass` and the approvals that the policy asks for are of this tree. The papers are signed with the key of `shipgate key`. Exits with the verdict; see docs/shipping.md.",
    options: {
      to: {
        type: "string",
        value: "REGISTRY/NAME[:TAG]",
        description: "Push to a registry. The tag is the version of package.json by default.",
      },
      output: {
        type: "string",
        value: "DIR",
        description: "Write an OCI image layout into a folder instead.",
      },
      base: SELECTION.base,
      "dry-run": { type: "boolean", description: "Show what would be shipped, and build nothing." },
      format: FORMAT,
    },
    load: () => import("./ship.ts"),
  },
  {
    name: "verify",
    summary: "Check an image's whole chain of papers with public keys alone.",
    details:
      "Follows image, provenance, commit, approvals, verdict, runs, change and sessions, and says what is proven, by whom, and what is not. IMAGE is a name in a registry, DIR an OCI image layout. Exits 0 where everything is proven, 1 where a link is broken, 2 where one is missing.",
    operands: { usage: "IMAGE|DIR", min: 1, max: 1 },
    options: {
      key: {
        type: "string",
        multiple: true,
        value: "FILE",
        description:
          "Public keys to trust: an allowed_signers list, a .pub file or a PEM public key. May be given several times.",
      },
      name: {
        type: "string",
        value: "NAME",
        description:
          "The name that the image must have been made for. Default: the name in the registry; for a folder it is not compared.",
      },
      require: {
        type: "string",
        value: "KINDS",
        description:
          "Evidence without which it does not pass: run, attribution, approval, separated by commas. Default: run.",
      },
      format: FORMAT,
    },
    load: () => import("./verify.ts"),
  },
  {
    name: "image build",
    summary: "Build a hardened image from the newest signed packages.",
    details:
      "Recipes: `node-24`, `node-24-dev` (with a shell and npm, for tests) and `keeper`. Exits 1 where the image's own audit finds a fault.",
    operands: { usage: "RECIPE", min: 1, max: 1 },
    options: { format: FORMAT },
    load: () => import("./image-build.ts"),
  },
  {
    name: "image list",
    summary: "List the hardened images and which of them were built here.",
    options: { format: FORMAT },
    load: () => import("./image-list.ts"),
  },
  {
    name: "sandbox doctor",
    summary: "Prove which protection this machine can give, by trying to get out of a box.",
    details: "Exits 1 where a part of the protection is not proven.",
    options: { format: FORMAT },
    load: () => import("./sandbox-doctor.ts"),
  },
  {
    name: "doctor",
    summary: "Tell what is missing on this machine and how to get it.",
    details: "Exits 1 where something is missing.",
    options: { format: FORMAT },
    load: () => import("./doctor.ts"),
  },
  {
    name: "lsp",
    summary: "Serve an editor over the Language Server Protocol.",
    options: {
      stdio: { type: "boolean", description: "Talk over standard input and output." },
    },
    load: () => import("./lsp.ts"),
  },
  {
    name: "mcp",
    summary: "Serve assistants over the Model Context Protocol.",
    details:
      "Over standard input and output, on the repository of the folder that it is started in: the tools `check_change`, `run_in_sandbox`, `explain_finding` and `trust_score`, whose results are what the command line prints as JSON.",
    options: {},
    load: () => import("./mcp.ts"),
  },
];
