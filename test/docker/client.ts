import { createDockerSandbox } from "../../server/adapters/docker/sandbox.ts";
import { openRepository } from "../../server/adapters/git/repository.ts";
import { quiet } from "../adapters/quiet-log.ts";

/** A process of its own that starts a run which does not end: `client.ts ROOT REQUEST`. It is there to be killed. */
const [root = "", request = ""] = process.argv.slice(2);
const sandbox = createDockerSandbox({ clock: { now: () => new Date().toISOString() }, log: quiet });
const repository = await openRepository(root, { log: quiet });
await sandbox.run(
  repository,
  JSON.parse(request),
  (message) => console.log(message),
  new AbortController().signal,
);
