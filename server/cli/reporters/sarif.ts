import type { Log, PhysicalLocation, ReportingDescriptor, Result } from "sarif";

import type { Finding, Severity } from "../../core/finding.ts";
import type { Location } from "../../core/location.ts";
import type { Review } from "../../core/review.ts";
import { type Rule, type RuleId, RULES, ruleUrl } from "../../core/rules.ts";
import { reportJson } from "./json.ts";
import { sentence, untilDay } from "./words.ts";

const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const RULE_IDS = Object.keys(RULES) as readonly RuleId[];

/** A review as SARIF 2.1.0, for code scanning and editors. Unproven findings are results too: they must not vanish. */
export function reportSarif(review: Review, version: string): string {
  const { verdict, score, change, policy } = review;
  const log: Log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Shipgate",
            version,
            informationUri: "https://github.com/shipgate/shipgate",
            rules: RULE_IDS.map(describeRule),
          },
        },
        automationDetails: { id: "shipgate/" },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { description: { text: "The repository's root." } } },
        results: review.findings.map(describeFinding),
        properties: {
          verdict: verdict.status,
          reasons: verdict.reasons.map(({ text }) => sentence(text)),
          score: score.value,
          grade: score.grade,
          change: change.id,
          policy: policy.hash,
        },
      },
    ],
  };
  return reportJson(log);
}

function describeRule(id: RuleId): ReportingDescriptor {
  const rule: Rule = RULES[id];
  return {
    id,
    name: id.replaceAll(/(^|[/-])([a-z])/g, (_, _separator, letter: string) =>
      letter.toUpperCase(),
    ),
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.what },
    help: {
      text: `${rule.what}\n\n${rule.why}\n\n${rule.remedy}`,
      markdown: `${rule.what}\n\n**Why:** ${rule.why}\n\n**What to do:** ${rule.remedy}`,
    },
    helpUri: ruleUrl(id),
    defaultConfiguration: { level: levelOf(rule.severity) },
  };
}

function describeFinding(finding: Finding): Result {
  const { rule, severity, kind, message, location, related, fingerprint, remedy } = finding;
  const { exception, fixes } = finding;
  return {
    ruleId: rule,
    ruleIndex: RULE_IDS.indexOf(rule),
    level: levelOf(severity),
    message: { text: `${sentence(message)} ${sentence(remedy)}` },
    locations: [{ physicalLocation: physicalLocationOf(location) }],
    ...(related.length > 0 && {
      relatedLocations: related.map((it, at) => ({
        id: at + 1,
        physicalLocation: physicalLocationOf(it.location),
        message: { text: sentence(it.message) },
      })),
    }),
    partialFingerprints: { "shipgateFinding/v1": fingerprint },
    ...(fixes.length > 0 && { fixes: fixes.map(describeFix) }),
    ...(exception !== undefined && {
      suppressions: [
        {
          kind: "external" as const,
          status: "accepted" as const,
          justification: `${sentence(exception.reason)} (${sentence(exception.owner)}${untilDay(exception.expires)})`,
        },
      ],
    }),
    properties: { kind, evidence: finding.evidence },
  };
}

function describeFix({ title, edits }: Finding["fixes"][number]) {
  return {
    description: { text: sentence(title) },
    artifactChanges: edits.map(({ location, newText }) => ({
      artifactLocation: artifactOf(location),
      replacements: [
        {
          deletedRegion: regionOf(location),
          insertedContent: { text: newText },
        },
      ],
    })),
  };
}

function physicalLocationOf(location: Location): PhysicalLocation {
  return { artifactLocation: artifactOf(location), region: regionOf(location) };
}

/** The path as a relative URI: every segment is percent-encoded (RFC 3986), a lone surrogate replaced. */
function artifactOf({ path }: Location) {
  const uri = path.toWellFormed().split("/").map(encodeURIComponent).join("/");
  return { uri, uriBaseId: "SRCROOT" };
}

function regionOf({ startLine, endLine, startColumn, endColumn }: Location) {
  return {
    startLine,
    endLine,
    ...(startColumn !== undefined && { startColumn }),
    ...(endColumn !== undefined && { endColumn }),
  };
}

function levelOf(severity: Severity): "note" | "warning" | "error" {
  return severity === "info" ? "note" : severity;
}
