import { createDockerSandbox } from "../../server/adapters/docker/sandbox.ts";
import { openRepository } from "../../server/adapters/git/repository.ts";
import { quiet } from "../adapters/quiet-log.ts";

/**
 * A process of its own that starts a run which does not end, or keeps boxes ready after one that did:
 * `client.ts ROOT REQUEST [READY]`. It is there to be killed.
 */
const [root = "", request = "", ready = "0"] = process.argv.slice(2);
const clock = { now: () => new Date().toISOString() };
const sandbox = createDockerSandbox({ clock, log: quiet, keepReady: Number(ready) });
const repository = await openRepository(root, { log: quiet });
await sandbox.run(
  repository,
  JSON.parse(request),
  (message) => console.log(message),
  new AbortController().signal,
);
await sandbox.settled();
console.log("settled");
setInterval(() => undefined, 60_000);
