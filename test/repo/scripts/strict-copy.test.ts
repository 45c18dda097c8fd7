import { describe, expect, test } from "vitest";

import {
  proposalDecision,
  proposalsForAll,
  replaceOnce,
} from "../../../scripts/setup/strict-copy.ts";

const check =
  "function M(i,t){if(!Oe(i,t))throw new Error(`Extension '${i.identifier.value}' CANNOT use API proposal: ${t}.`)}";

describe("replaceOnce", () => {
  test("lets the manifest decide where code-server always says yes", () => {
    const text = `function Oe(i,t){return!0}${check}`;
    const changed = replaceOnce(text, "f.js", proposalDecision);
    expect(changed).toBe(
      `function Oe(i,t){return!!i.enabledApiProposals&&i.enabledApiProposals.includes(t)}${check}`,
    );
  });

  test("takes proposals for all only where the command line gave no id", () => {
    const text =
      "if(this._ids=new Set((e.extensionEnabledProposedApi??[]).map(i=>hi.toKey(i))),this._envEnablesProposedApiForAll=!0,x";
    const changed = replaceOnce(text, "f.js", proposalsForAll);
    expect(changed).toContain(
      "_envEnablesProposedApiForAll=this._envEnabledExtensions.size===0&&Array.isArray(e.extensionEnabledProposedApi),x",
    );
  });

  test.for([
    ["is not there", "function Oe(i,t){return i.ok}"],
    ["is there twice", `function Oe(i,t){return!0}${check}function Oe(i,t){return!0}${check}`],
    ["belongs to another check", "function Oe(i,t){return!0}function M(i,t){if(!Oe(i,t))return 1}"],
  ])("fails loudly where the code %s", ([, text]) => {
    expect(() => replaceOnce(text ?? "", "f.js", proposalDecision)).toThrow(
      /f\.js has [02] places/u,
    );
  });
});
