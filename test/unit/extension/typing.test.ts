import { describe, expect, test } from "vitest";
import type { TextDocument, TextDocumentChangeEvent } from "vscode";

import { TypingQueue } from "../../../extension/typing.ts";

/** What the queue reads of an event. */
function anEvent(uri: string, ...texts: readonly string[]): TextDocumentChangeEvent {
  return {
    document: { uri: { toString: () => uri } },
    contentChanges: texts.map((text) => ({ text })),
  } as unknown as TextDocumentChangeEvent;
}

function sent() {
  const log: string[] = [];
  const next = (version: string) => (event: TextDocumentChangeEvent) => {
    const texts = event.contentChanges.map(({ text }) => text).join("");
    log.push(`${event.document.uri.toString()} ${texts} ${version}`);
    return Promise.resolve();
  };
  return { log, next };
}

describe("TypingQueue", () => {
  test("sends many keystrokes as one change, in order, with the last version", () => {
    const { log, next } = sent();
    const queue = new TypingQueue(() => {});
    for (const [index, key] of ["a", "b", "c"].entries()) {
      void queue.middleware.didChange(anEvent("a", key), next(`v${index}`));
    }
    void queue.middleware.didChange(anEvent("b", "x", "y"), next("v9"));
    expect(log).toEqual([]);
    queue.flush();
    expect(log).toEqual(["a abc v2", "b xy v9"]);
    queue.flush();
    expect(log).toHaveLength(2);
  });

  test("sends what waits before a save, a close or a question", async () => {
    const { log, next } = sent();
    const queue = new TypingQueue(() => {});
    const document = {} as TextDocument;
    const says = (word: string) => () => {
      log.push(word);
      return Promise.resolve();
    };
    void queue.middleware.didChange(anEvent("a", "1"), next("v1"));
    await queue.middleware.didSave(document, says("save"));
    void queue.middleware.didChange(anEvent("a", "2"), next("v2"));
    await queue.middleware.didClose(document, says("close"));
    expect(log).toEqual(["a 1 v1", "save", "a 2 v2", "close"]);
  });

  test("sends by itself after a while", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const queue = new TypingQueue(() => {});
    const next = () => Promise.resolve(resolve());
    void queue.middleware.didChange(anEvent("a", "1"), next);
    await promise;
  });

  test("says what could not be sent", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const queue = new TypingQueue(resolve);
    void queue.middleware.didChange(anEvent("a", "1"), () => Promise.reject(new Error("gone")));
    queue.dispose();
    expect(String(await promise)).toContain("gone");
  });
});
