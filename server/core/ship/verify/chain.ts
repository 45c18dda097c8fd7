import { billsLink, imageLink, provenanceLink } from "./image-links.ts";
import {
  type Expectations,
  type Link,
  LINKS,
  type LoadedImage,
  type LoadedPaper,
  missingLink,
} from "./loaded.ts";
import {
  approvalsLink,
  changeLinks,
  commitLink,
  runsLink,
  type SourceContext,
} from "./source-links.ts";
import { verdictLink } from "./verdict-link.ts";

/** The whole chain, from the image back to the assistants' sessions. */
export interface VerifiedChain {
  /** `fail` where a link is broken, else `unproven` where one is missing, else `pass`. */
  readonly status: "pass" | "fail" | "unproven";
  /** In the order of LINKS. */
  readonly links: readonly Link[];
}

/**
 * Follows the chain image → provenance → commit → approvals → verdict → runs → change → sessions, with
 * nothing but the papers beside the image and the consumer's public keys.
 */
export function verifyChain(
  image: LoadedImage,
  loaded: readonly LoadedPaper[],
  expectations: Expectations,
): VerifiedChain {
  const whole = imageLink(image);
  if (!expectations.hasKeys) {
    const reason = "No public key was given, so no signature counts.";
    return sumUp([whole, ...LINKS.slice(1).map((name) => missingLink(name, reason))]);
  }
  const { link: made, provenance } = provenanceLink(image, loaded);
  const { link: judged, verdict } = verdictLink(image, loaded, expectations);
  const context: SourceContext = { image, loaded, expectations, provenance, verdict };
  return sumUp([
    whole,
    made,
    billsLink(image, loaded, provenance?.predicate ?? null),
    commitLink(context),
    approvalsLink(context),
    judged,
    runsLink(context),
    ...changeLinks(context),
  ]);
}

/** The chain of an image that came back damaged: nothing else can be looked at. */
export function damagedChain(reason: string): VerifiedChain {
  const rest = LINKS.slice(1).map((name) => missingLink(name, "The image is damaged."));
  return sumUp([{ name: "image", status: "broken", says: [reason], by: [] }, ...rest]);
}

function sumUp(links: readonly Link[]): VerifiedChain {
  const has = (status: Link["status"]) => links.some((link) => link.status === status);
  return { status: has("broken") ? "fail" : has("missing") ? "unproven" : "pass", links };
}
