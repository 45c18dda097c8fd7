import { join } from "node:path";

import { makeSshKey } from "../adapters/signing/keys.ts";
import { git, plant, scratch } from "./shipgate.ts";

/** A repository with a signer that the base lists, and one commit on a branch. */
export async function makePlace(): Promise<string> {
  const folder = await scratch();
  const root = join(folder, "shop");
  await git(folder, "init", "--quiet", "-b", "main", root);
  const { file, key } = makeSshKey(folder, "ed25519");
  for (const [name, value] of Object.entries({
    "gpg.format": "ssh",
    "user.signingKey": file,
    "user.name": "Ada",
    "user.email": "ada@shop.example",
  })) {
    await git(root, "config", name, value);
  }
  await plant(root, {
    ".shipgate/allowed-signers": `ada@shop.example ${key.type} ${key.blob}\n`,
    "a.txt": "a\n",
  });
  await git(root, "add", "-A");
  await git(root, "commit", "--quiet", "-m", "Base");
  await git(root, "switch", "--quiet", "-c", "feature");
  await plant(root, { "a.txt": "a\nb\n" });
  await git(root, "commit", "--quiet", "-am", "Change");
  return root;
}
