import type { Diagnostic, URI } from "vscode-languageserver/node";

import { fingerprintOf } from "./diagnostics.ts";

/** Diagnostics by file. */
export type ByUri = ReadonlyMap<URI, readonly Diagnostic[]>;

/** Sends one file's diagnostics; an empty list takes them away. */
export type Send = (uri: URI, diagnostics: readonly Diagnostic[]) => void;

/**
 * Keeps track of which files have diagnostics and of who gave them, so that those that dropped out
 * are emptied, and two workspace folders of one repository do not wipe each other's.
 */
export class Publisher {
  readonly #send: Send;
  readonly #published = new Map<string, ByUri>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** Replaces everything that an owner published before. */
  publish(owner: string, diagnostics: ByUri): void {
    const before = this.#published.get(owner) ?? new Map<URI, readonly Diagnostic[]>();
    this.#published.set(owner, diagnostics);
    for (const uri of new Set([...before.keys(), ...diagnostics.keys()])) this.#resend(uri);
  }

  /** Takes away everything that an owner published. */
  clear(owner: string): void {
    this.publish(owner, new Map());
    this.#published.delete(owner);
  }

  #resend(uri: URI): void {
    const seen = new Set<string>();
    const merged: Diagnostic[] = [];
    for (const byUri of this.#published.values()) {
      for (const diagnostic of byUri.get(uri) ?? []) {
        const key = fingerprintOf(diagnostic) ?? JSON.stringify(diagnostic);
        if (seen.has(key)) continue;
        seen.add(key);
        merged.push(diagnostic);
      }
    }
    this.#send(uri, merged);
  }
}
