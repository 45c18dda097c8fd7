import { z } from "zod";

import { ApprovalStatement } from "../../attest/approval.ts";
import { AttributionStatement } from "../../attest/attribution.ts";
import { RuntimeTraceStatement, TestResultStatement } from "../../attest/runs.ts";
import { PREDICATES } from "../../attest/statement.ts";
import { VerificationStatement } from "../../attest/verification.ts";
import { CYCLONEDX } from "../cyclonedx.ts";
import { PROVENANCE, Provenance } from "../provenance.ts";
import { SPDX } from "../spdx.ts";

const hash = z.looseObject({ alg: z.string(), content: z.string() });

/** What verification reads of a CycloneDX bill. */
export const CycloneDxBill = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ hashes: z.array(hash) }) }),
  components: z.array(
    z.looseObject({ purl: z.string().exactOptional(), hashes: z.array(hash).exactOptional() }),
  ),
});

/** What verification reads of an SPDX bill. */
export const SpdxBill = z.looseObject({
  packages: z.array(
    z.looseObject({
      externalRefs: z
        .array(z.looseObject({ referenceType: z.string(), referenceLocator: z.string() }))
        .exactOptional(),
    }),
  ),
});

/** Every kind of paper that the chain is made of. */
export const KINDS = {
  provenance: { predicateType: PROVENANCE, schema: Provenance, title: "provenance" },
  cycloneDx: { predicateType: CYCLONEDX, schema: CycloneDxBill, title: "CycloneDX bill" },
  spdx: { predicateType: SPDX, schema: SpdxBill, title: "SPDX bill" },
  verdict: {
    predicateType: PREDICATES.verification,
    schema: VerificationStatement.shape.predicate,
    title: "verification summary",
  },
  test: {
    predicateType: PREDICATES.testResult,
    schema: TestResultStatement.shape.predicate,
    title: "test result",
  },
  trace: {
    predicateType: PREDICATES.runtimeTrace,
    schema: RuntimeTraceStatement.shape.predicate,
    title: "runtime trace",
  },
  attribution: {
    predicateType: PREDICATES.attribution,
    schema: AttributionStatement.shape.predicate,
    title: "attribution",
  },
  approval: {
    predicateType: PREDICATES.approval,
    schema: ApprovalStatement.shape.predicate,
    title: "approval",
  },
} as const;
