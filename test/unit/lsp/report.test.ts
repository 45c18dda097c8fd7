import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import type { Review } from "../../../server/core/review.ts";
import { scoreHistory } from "../../../server/lsp/report/charts.ts";
import { escapeHtml, html } from "../../../server/lsp/report/html.ts";
import { PAGE_POLICY, report } from "../../../server/lsp/report/report.ts";
import { fakeReview } from "../../fakes/review.ts";

const past = [
  { time: "2026-03-10T10:00:00.000Z", status: "fail", score: 32 },
  { time: "2026-03-10T11:00:00.000Z", status: "pass", score: 91 },
];

function page(review: Review, format: "page" | "html" | "markdown" = "page"): string {
  const uriOf = (path: string) => `file:///w/${encodeURI(path)}`;
  return report({ review, folder: "file:///w", past, uriOf }, format);
}

const ATTACKS = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `</style><script>alert(1)</script>`,
  `javascript:alert(1)`,
  `\`\${alert(1)}\``,
  `]]><svg/onload=alert(1)>`,
  `a\u202Eb\u0000\u200B`,
];

/** A review in which everything that others wrote is an attack. */
function hostile(attack: string): Review {
  const text = JSON.stringify(fakeReview());
  const review = JSON.parse(text, (key, value: unknown) => {
    const isTheirs = ["message", "remedy", "path", "name", "reason", "agent", "session"].includes(
      key,
    );
    if (isTheirs && typeof value === "string") return attack;
    if (["model", "branch", "text", "host", "process", "address"].includes(key)) return attack;
    if (key === "outputTail") return `${attack}\n${attack}`;
    if (key === "command" || key === "argv") return [attack];
    return value;
  }) as Review;
  return review;
}

describe("report", () => {
  test.for(ATTACKS)("shows what others wrote as text: %j", (attack) => {
    for (const format of ["page", "html"] as const) {
      const made = page(hostile(attack), format);
      const tags = [...made.matchAll(/<\/?([a-z][\w-]*)/giu)].map(([, name]) => name);
      expect(tags).not.toContain("script");
      expect(tags).not.toContain("img");
      expect(made).not.toMatch(/<[^>]*\son\w+\s*=/iu);
      expect(made).not.toMatch(/href="(?!command:|https:)/u);
      expect(made.match(/<\/style>/giu)).toHaveLength(1);
      expect(made).not.toMatch(/[\u202E\u200B]/u);
      expect(made.includes("\0")).toBe(false);
    }
  });

  test("allows its own style sheet by its hash, and nothing else", () => {
    const made = page(fakeReview());
    const style = /<style>(.*)<\/style>/su.exec(made)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(PAGE_POLICY).toBe(`default-src 'none'; style-src 'sha256-${hash}'`);
    expect(made).toContain(`content="${PAGE_POLICY}"`);
    expect(made).not.toMatch(/\sstyle="/u);
    expect(style).not.toMatch(/url\(|@import/u);
  });

  test("links only to commands of ours, with the place as their argument", () => {
    const links = [...page(fakeReview()).matchAll(/href="command:([^?"]+)\?([^"]+)"/gu)];
    expect(links.length).toBeGreaterThan(3);
    for (const [, command, argument] of links) {
      expect(["shipgate.openPlace", "shipgate.server.explainRule"]).toContain(command);
      const [given] = JSON.parse(decodeURIComponent(argument ?? "")) as unknown[];
      if (command === "shipgate.openPlace") expect(given).toHaveProperty("line");
    }
  });

  test("leads out of a file of its own only to the rules' pages", () => {
    const links = [...page(fakeReview(), "html").matchAll(/href="([^"]+)"/gu)];
    expect(links.length).toBeGreaterThan(0);
    for (const [, href] of links) expect(href).toMatch(/^https:.*docs\/rules\//u);
  });

  test("tells of a run that was missing, and offers it in the editor", () => {
    const made = page(fakeReview({ ran: false }));
    expect(made).toContain("This change was not run.");
    expect(made).toContain("command:shipgate.runChange?");
    expect(page(fakeReview({ ran: false }), "html")).not.toContain("command:");
  });

  test("says in numbers what its pictures show", () => {
    const made = page(fakeReview());
    expect(made).toMatch(/aria-label="Trust score \d+ of 100, grade [A-F]"/u);
    expect(made).toContain("2026-03-10 10:00: 32, fail; 2026-03-10 11:00: 91, pass");
    expect(made).toContain("100 %");
  });

  test("has what a screen reader goes by", () => {
    const made = page(fakeReview());
    expect(made).toMatch(/<html lang="en">/u);
    const levels = [...made.matchAll(/<h([1-6])/gu)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) {
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    }
    for (const [cell] of made.matchAll(/<th\b[^>]*>/gu)) expect(cell).toContain("scope=");
    for (const [picture] of made.matchAll(/<svg\b[^>]*>/gu)) {
      expect(picture).toMatch(/aria-hidden="true"|role="img"\s+aria-label="[^"]+"/u);
    }
    for (const [, name] of made.matchAll(/<a [^>]*>([^<]*)<\/a>/gu)) expect(name).toMatch(/\S/u);
  });

  test("is Markdown for a pull request", () => {
    expect(page(fakeReview(), "markdown")).toMatch(/^## Shipgate: fail/u);
  });
});

describe("scoreHistory", () => {
  test("has no course for one verdict", () => {
    expect(scoreHistory(past.slice(0, 1))).toBeNull();
  });

  test("stays in its picture whatever the journal says", () => {
    const wild = [...past, { time: `<x "`, status: `"><b>`, score: 1e9 }];
    const chart = scoreHistory(wild)?.markup ?? "";
    expect(chart).not.toContain("<b>");
    const heights = [...chart.matchAll(/cy="([\d.-]+)"/gu)].map(([, y]) => Number(y));
    for (const y of heights) expect(y >= 10 && y <= 130).toBe(true);
  });

  test("draws a long journal no longer than it can be read", () => {
    const long = Array.from({ length: 5000 }, () => past[0] ?? past).flat();
    expect(scoreHistory(long)?.markup.match(/<circle/gu)).toHaveLength(60);
  });
});

describe("html", () => {
  test("escapes values, and leaves markup that it made", () => {
    const inner = html`<b>${"<i>"}</b>`;
    expect(html`${inner}${[inner]}${7}`.markup).toBe("<b>&#60;i&#62;</b><b>&#60;i&#62;</b>7");
  });

  test("keeps lines, and cuts what has no end", () => {
    expect(escapeHtml("a\nb")).toBe("a\nb");
    expect(escapeHtml("a".repeat(1e6)).length).toBeLessThan(21_000);
  });
});
