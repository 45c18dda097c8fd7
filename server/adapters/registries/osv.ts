import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import { PackageURL } from "packageurl-js";
import { z } from "zod";

import type { Advisory, Fact } from "../../core/fact.ts";
import { advisoryAgainst, OsvRecord, osvKey, packagesOf } from "../../core/osv.ts";
import { printable } from "../../core/printable.ts";
import { GateError } from "../../engine/errors.ts";
import type { Advisories, LookUp } from "../../engine/fact-ports.ts";
import { createHttpClient, type HttpClient, withoutSecrets } from "./http.ts";
import { refused } from "./npm.ts";
import { openRecordCache, parseJson, type RecordCache } from "./record-cache.ts";

/** Most records of a folder, and the largest one in bytes. */
const MOST_FILES = 500_000;
const LARGEST = 4 * 1024 * 1024;
const AT_ONCE = 32;
/** How long an answer of an API, and the index of a folder, may be used, in milliseconds. */
const LIFETIME_MS = 60 * 60_000;
/** Packages in one question to an API. */
const BATCH = 500;

export interface AdvisoriesOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly cacheDir: string;
  readonly now: () => number;
  /** The repository's root: a folder that policy names is below it, or absolute. */
  readonly root: string;
}

/** What is asked about a package URL. */
interface Question {
  readonly purl: string;
  readonly key: string;
  readonly version: string;
}

/**
 * Advisories from a folder of OSV records or from an OSV API, whichever SHIPGATE_OSV or else the
 * policy names. Throws GateError `registry-failed` where neither does, or it gives nothing.
 */
export function createAdvisories(options: AdvisoriesOptions): Advisories {
  const http = createHttpClient();
  const caches = openCaches(options);
  return {
    async find(purls, place, lookUp) {
      const chosen = options.environment["SHIPGATE_OSV"] || place;
      if (chosen === null) throw notConfigured();
      const questions = purls.flatMap(questionOf);
      const isRemote = /^https?:\/\//u.test(chosen);
      const source = isRemote ? withoutSecrets(chosen) : chosen;
      const found = isRemote
        ? await askApi(http, caches.answers, chosen, questions, lookUp)
        : await readFolder(resolveFolder(chosen, options.root), caches.index, questions);
      return questions.map(({ purl }): Fact => {
        const advisories = found.get(purl);
        const { time } = lookUp;
        if (advisories !== undefined) return { kind: "advisories", purl, source, time, advisories };
        const reason = "No advisories are kept about it and the source was not asked.";
        return { kind: "unavailable", subject: purl, lacks: "advisories", source, time, reason };
      });
    },
  };
}

type Index = Readonly<Record<string, readonly string[]>>;
const AdvisoryRecord = z.strictObject({
  id: z.string(),
  aliases: z.array(z.string()),
  summary: z.string(),
  isMalicious: z.boolean(),
  fixed: z.string().nullable(),
});

interface Caches {
  readonly answers: RecordCache<readonly Advisory[]>;
  readonly index: RecordCache<Index>;
}

function openCaches({ cacheDir, now }: AdvisoriesOptions): Caches {
  const common = { folder: join(cacheDir, "osv"), lifetime: () => LIFETIME_MS, now };
  return {
    answers: openRecordCache<readonly Advisory[]>({ ...common, schema: z.array(AdvisoryRecord) }),
    index: openRecordCache<Index>({
      ...common,
      schema: z.record(z.string(), z.array(z.string())),
    }),
  };
}

function questionOf(purl: string): readonly Question[] {
  const { type, namespace, name, version } = PackageURL.fromString(purl);
  if (typeof version !== "string") return [];
  return [{ purl, key: osvKey(type, namespace ?? null, name), version }];
}

function resolveFolder(place: string, root: string): string {
  if (place.startsWith("~/")) return join(homedir(), place.slice(2));
  return isAbsolute(place) ? place : resolve(root, place);
}

async function readFolder(
  folder: string,
  cache: RecordCache<Index>,
  questions: readonly Question[],
): Promise<ReadonlyMap<string, readonly Advisory[]>> {
  const index = await indexOf(folder, cache);
  const found = new Map<string, readonly Advisory[]>();
  for (const { purl, key, version } of questions) {
    const files = Object.hasOwn(index, key) ? (index[key] ?? []) : [];
    const advisories: Advisory[] = [];
    for (const file of files) {
      const record = await readRecord(join(folder, file));
      const against = record === null ? null : advisoryAgainst(record, key, version);
      if (against !== null) advisories.push(against);
    }
    found.set(purl, withoutAliases(advisories));
  }
  return found;
}

/** Which files speak of which package. Made once an hour, or when a folder in it changed. */
async function indexOf(folder: string, cache: RecordCache<Index>): Promise<Index> {
  let entries;
  try {
    entries = await readdir(await realpath(folder), { recursive: true, withFileTypes: true });
  } catch (cause) {
    const message = `The folder of advisories, ${printable(folder)}, could not be read.`;
    const remedy = "Put OSV records there, or name another place in `facts.osv` or SHIPGATE_OSV.";
    throw new GateError("registry-failed", message, { remedy, cause });
  }
  const base = await realpath(folder);
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(entry.parentPath, entry.name).slice(base.length + 1));
  if (files.length === 0 || files.length > MOST_FILES) {
    throw new GateError(
      "registry-failed",
      `${printable(folder)} has ${files.length} OSV records.`,
      {
        remedy: `Put between 1 and ${MOST_FILES} records there, one JSON file each.`,
      },
    );
  }
  const newest = Math.max(...(await Promise.all(foldersOf(base, files).map(changedAt))));
  const key = `${base} ${files.length} ${newest}`;
  const kept = await cache.read(key);
  if (kept !== null) return kept;
  const index = await makeIndex(base, files);
  await cache.write(key, index).catch(() => {});
  return index;
}

function foldersOf(base: string, files: readonly string[]): readonly string[] {
  const folders = files.map((file) => file.slice(0, Math.max(0, file.lastIndexOf("/"))));
  return [...new Set(["", ...folders])].map((folder) => join(base, folder));
}

async function changedAt(folder: string): Promise<number> {
  return (await stat(folder)).mtimeMs;
}

async function makeIndex(base: string, files: readonly string[]): Promise<Index> {
  const index = new Map<string, string[]>();
  const open = files.values();
  const work = async (): Promise<void> => {
    for (const file of open) {
      const record = await readRecord(join(base, file));
      for (const key of record === null ? [] : packagesOf(record)) {
        index.set(key, [...(index.get(key) ?? []), file]);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return Object.fromEntries([...index].map(([key, list]) => [key, list.toSorted()]));
}

async function readRecord(file: string): Promise<OsvRecord | null> {
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile() || found.size > LARGEST) return null;
  return OsvRecord.safeParse(parseJson(await readFile(file, "utf8"))).data ?? null;
}

/** The same weakness is often recorded by several databases: one record of each is enough. */
function withoutAliases(advisories: readonly Advisory[]): readonly Advisory[] {
  const seen = new Set<string>();
  return advisories.filter(({ id, aliases }) => {
    const isKnown = [id, ...aliases].some((each) => seen.has(each));
    for (const each of [id, ...aliases]) seen.add(each);
    return !isKnown;
  });
}

const BatchAnswer = z.object({
  results: z.array(
    z.object({
      vulns: z
        .array(z.object({ id: z.string().max(200) }))
        .max(1000)
        .default([]),
    }),
  ),
});

async function askApi(
  http: HttpClient,
  cache: RecordCache<readonly Advisory[]>,
  api: string,
  questions: readonly Question[],
  { keptOnly, signal }: LookUp,
): Promise<ReadonlyMap<string, readonly Advisory[]>> {
  const found = new Map<string, readonly Advisory[]>();
  const open: Question[] = [];
  for (const question of questions) {
    const kept = await cache.read(`${api} ${question.purl}`);
    if (kept === null) open.push(question);
    else found.set(question.purl, kept);
  }
  if (keptOnly) return found;
  const base = api.replace(/\/(?:v1\/?)?$/u, "");
  const records = new Map<string, OsvRecord>();
  for (let from = 0; from < open.length; from += BATCH) {
    const batch = open.slice(from, from + BATCH);
    const url = `${base}/v1/querybatch`;
    const body = { queries: batch.map(({ purl }) => ({ package: { purl } })) };
    const answer = await http.send({ url, accept: "application/json", body, signal });
    const read = BatchAnswer.safeParse(parseJson(answer.text)).data;
    if (answer.status !== 200) throw refused(url, answer.status);
    if (read === undefined || read.results.length !== batch.length)
      throw refused(url, "unreadable");
    for (const [at, { vulns }] of read.results.entries()) {
      const question = batch[at];
      if (question === undefined) continue;
      const advisories: Advisory[] = [];
      for (const { id } of vulns) {
        const record = records.get(id) ?? (await askRecord(http, base, id, signal));
        records.set(id, record);
        const against = advisoryAgainst(record, question.key, question.version);
        if (against !== null) advisories.push(against);
      }
      const whole = withoutAliases(advisories);
      found.set(question.purl, whole);
      await cache.write(`${api} ${question.purl}`, whole).catch(() => {});
    }
  }
  return found;
}

async function askRecord(
  http: HttpClient,
  base: string,
  id: string,
  signal: AbortSignal,
): Promise<OsvRecord> {
  const url = `${base}/v1/vulns/${encodeURIComponent(id)}`;
  const { status, text } = await http.send({ url, accept: "application/json", signal });
  if (status !== 200) throw refused(url, status);
  const record = OsvRecord.safeParse(parseJson(text)).data;
  if (record === undefined || record.id !== id) throw refused(url, "unreadable");
  return record;
}

function notConfigured(): GateError {
  return new GateError("registry-failed", "No source of advisories is configured.", {
    remedy:
      "Name a folder of OSV records or the address of an OSV API in `facts.osv` of shipgate.yaml or in SHIPGATE_OSV.",
  });
}
