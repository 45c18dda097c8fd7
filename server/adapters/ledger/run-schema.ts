import type { RunRecord } from "../../core/run.ts";

/** A kept run; null where the text is not one. The schema is loaded when there is something to hold against it. */
export async function parseRun(text: string): Promise<RunRecord | null> {
  const { RunRecordSchema } = await import("../../core/review-schema.ts");
  try {
    return RunRecordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
