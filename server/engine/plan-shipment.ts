import { planInstall, type InstallPlan, type Platform } from "../core/install/plan.ts";
import type { Review } from "../core/review.ts";
import { chooseContents, type Contents, type ShipProblem } from "../core/ship/contents.ts";
import { dockerfileOf } from "../core/ship/image.ts";
import { type NodeService, readNodeService } from "../core/ship/service.ts";
import { GateError } from "./errors.ts";
import type { Ports, Progress } from "./ports.ts";
import type { GateSession } from "./session.ts";
import type { OpenedBase, ShippedCommit, Shipyard } from "./ship-ports.ts";

/** The image that Node services stand on. */
const RECIPE = "node-24";

export interface PlanOptions {
  /** What the shipped change is measured against; the default branch where it is left out. */
  readonly base?: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Everything that a shipment will be, before anything is built. */
export interface ShipmentPlan {
  readonly kind: "ready";
  readonly review: Review;
  readonly commit: ShippedCommit;
  readonly service: NodeService;
  readonly contents: Contents;
  readonly base: OpenedBase;
  /** Null where the service needs no packages. */
  readonly dependencies: InstallPlan | null;
  /** The image in the words of a Dockerfile, to be shown. */
  readonly dockerfile: string;
}

/** A change that the gate does not let through. */
export interface RefusedShipment {
  readonly kind: "refused";
  readonly review: Review;
}

/**
 * Holds the preconditions of shipping and plans the image: HEAD is a branch, the working tree is the
 * commit, base and head were run, the verdict is `pass` (which asks for the approvals that the policy
 * asks for, of this very tree). Throws GateError `not-shippable` for the others, with the next step.
 */
export async function planShipment(
  ports: Pick<Ports, "repository">,
  session: GateSession,
  yard: Shipyard,
  options: PlanOptions,
): Promise<ShipmentPlan | RefusedShipment> {
  const { progress, signal } = options;
  const commit = await yard.readHead(signal);
  if (commit.branch === null) {
    throw notShippable(
      "HEAD is detached: no branch says as what this commit was reviewed.",
      "Switch to the branch that is to be shipped (`git switch BRANCH`).",
    );
  }
  const selection = options.base === undefined ? {} : { base: options.base };
  const ends = await ports.repository.readChange(selection, signal);
  requireClean(ends.head.tree, commit);
  if (ends.files.length === 0) {
    throw notShippable(
      "There is no change against the base: nothing was judged that could be shipped.",
      "Name the revision that was shipped last with --base.",
    );
  }
  const review = await session.review({ selection, sandbox: "run", progress, signal });
  // A file may have been saved while the boxes ran.
  requireClean(review.change.head.tree, commit);
  if (review.verdict.status !== "pass") return { kind: "refused", review };
  if (review.runs === null) {
    throw notShippable(
      "The change was not run in the sandbox.",
      "Start a container engine and run `shipgate check`.",
    );
  }
  return { kind: "ready", review, commit, ...(await planImage(ports, yard, commit, options)) };
}

async function planImage(
  { repository }: Pick<Ports, "repository">,
  yard: Shipyard,
  commit: ShippedCommit,
  { progress, signal }: PlanOptions,
) {
  const entries = await repository.listTree(commit.tree, signal);
  const wanted = ["package.json", "package-lock.json", "npm-shrinkwrap.json", ".dockerignore"];
  const texts = await readTexts(repository, entries, wanted, signal);
  const manifest = texts.get("package.json");
  if (manifest === undefined) {
    throw notShippable(
      entries.some(({ path }) => path === "Dockerfile")
        ? "This is no Node service, and images from a Dockerfile are not built yet."
        : "The commit has no package.json: only Node services can be shipped.",
      "Ship it with your own tools; `shipgate check` judges it all the same.",
    );
  }
  const service = orThrow(readNodeService(manifest));
  const ignoreText = texts.get(".dockerignore") ?? null;
  const contents = orThrow(chooseContents(entries, ignoreText, [service.script]));
  const base = await yard.openBase(RECIPE, progress, signal);
  // npm prefers a shrinkwrap, and so must we.
  const lock = texts.get("npm-shrinkwrap.json") ?? texts.get("package-lock.json") ?? null;
  const planned = planInstall(manifest, lock, platformOf(base), "production");
  const dependencies = planned === null ? null : orThrow(planned);
  const { image } = base;
  const dockerfile = dockerfileOf({ base: image, argv: service.argv }, dependencies !== null);
  return { service, contents, base, dependencies, dockerfile };
}

async function readTexts(
  repository: Ports["repository"],
  entries: Awaited<ReturnType<Ports["repository"]["listTree"]>>,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = entries.filter(({ path, mode }) => wanted.includes(path) && mode.startsWith("100"));
  const byBlob = await repository.readTexts(
    found.map(({ blob }) => blob),
    signal,
  );
  const texts = new Map<string, string>();
  for (const { path, blob } of found) {
    const text = byBlob.get(blob);
    if (text === undefined) {
      throw notShippable(`${path} is no readable text file.`, "Make it an ordinary text file.");
    }
    texts.set(path, text);
  }
  return texts;
}

function platformOf({ image }: OpenedBase): Platform {
  return { os: "linux", cpu: image.architecture === "amd64" ? "x64" : "arm64", libc: "glibc" };
}

function requireClean(tree: string, commit: ShippedCommit): void {
  if (tree === commit.tree) return;
  throw notShippable(
    "The working tree is not the commit: something is changed or not tracked.",
    "Commit it, remove it or have git ignore it (`git status`), then check again.",
  );
}

function orThrow<T extends object>(result: T | ShipProblem): T {
  if ("problem" in result) throw notShippable(result.problem, result.remedy);
  return result;
}

function notShippable(message: string, remedy: string): GateError {
  return new GateError("not-shippable", message, { remedy });
}
