import { styleText } from "node:util";

import { printable } from "../../core/printable.ts";
import type { Review } from "../../core/review.ts";
import type { ShipOutput, VerifyOutput } from "../output.ts";
import { count, describeVerdict, sentence } from "./words.ts";

type Plan = NonNullable<ShipOutput["plan"]>;
type Shipment = NonNullable<ShipOutput["shipment"]>;

/** Most packages and files that are named one by one. */
const MOST = 12;

/** Why the gate does not let a change through, and what to do. */
export function refusalText(review: Review): string {
  const { status, reasons } = review.verdict;
  const lines = reasons.slice(0, MOST).map(({ text }) => `  ${sentence(text)}`);
  return [
    `Not shipped: the verdict is ${status}, ${describeVerdict(review)}.`,
    ...lines,
    "  → See `shipgate check`; ship again when it passes.",
    "",
  ].join("\n");
}

/** What will be shipped, before anything is built. */
export function shipmentPlanText(plan: Plan): string {
  return [
    `Plan: ${printable(plan.name)}:${plan.tag}`,
    `  commit    ${plan.commit}`,
    `  change    ${plan.change} · score ${plan.score} · ${count(plan.approvals, "approval")}`,
    `  base      ${plan.base.name} ${plan.base.digest}`,
    `  packages  ${some(plan.packages, "none")}`,
    `  files     ${some(plan.files, "none")}`,
    `  left out  ${count(plan.leftOut, "file")}, by ${plan.leftOutBy === "default" ? "the default list" : plan.leftOutBy}`,
    "",
    ...plan.dockerfile
      .trimEnd()
      .split("\n")
      .map((line) => `  | ${printable(line, 1000)}`),
    "",
    "",
  ].join("\n");
}

/** What was shipped, and how anyone checks it. */
export function shipmentText(shipment: Shipment): string {
  return [
    `Shipped ${printable(shipment.reference, 500)}`,
    `  to      ${printable(shipment.place, 1000)} (index ${shipment.index})`,
    `  size    ${(shipment.sizeBytes / 1e6).toFixed(0)} MB`,
    `  papers  ${count(shipment.papers.length, "paper")}, signed by ${shipment.keyId}`,
    "  → `shipgate verify` checks all of it with the public key alone.",
    "",
  ].join("\n");
}

const MARKS = { proven: "✓", broken: "✗", missing: "?", absent: "·" } as const;
const STYLES = { proven: "green", broken: "red", missing: "yellow", absent: "dim" } as const;

/** What is proven of an image, by whom, and what is not: one screen. */
export function verificationText(
  output: VerifyOutput,
  { color }: { readonly color: boolean },
): string {
  const paint = (style: (typeof STYLES)[keyof typeof STYLES], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const lines = [`${printable(output.place, 1000)} ${printable(output.reference, 200)}`, ""];
  for (const { by, name, says, status } of output.links) {
    const [first = "", ...more] = says;
    const signed =
      by.length === 0 ? "" : paint("dim", ` — ${by.map((each) => printable(each)).join(", ")}`);
    lines.push(
      `${paint(STYLES[status], MARKS[status])} ${name.padEnd(10)} ${sentence(first)}${signed}`,
    );
    for (const each of more.slice(0, MOST)) lines.push(`  ${" ".repeat(10)} ${sentence(each)}`);
  }
  return [...lines, "", conclusion(output), ""].join("\n");
}

function conclusion({ keys, links, status }: VerifyOutput): string {
  const named = (wanted: string) =>
    links
      .filter((link) => link.status === wanted)
      .map(({ name }) => name)
      .join(", ");
  switch (status) {
    case "pass":
      return "PASS  every link of the chain is proven. Not proven: that the builder's machine was sound, and that people read what they approved.";
    case "fail":
      return `FAIL  broken: ${named("broken")}`;
    case "unproven":
      return `UNPROVEN  missing: ${named("missing")}${keys.length === 0 ? "\n  → Give the public keys that you trust with --key." : ""}`;
  }
}

function some(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const rest = names.length > MOST ? ` and ${names.length - MOST} more` : "";
  return `${names
    .slice(0, MOST)
    .map((name) => printable(name))
    .join(", ")}${rest}`;
}
