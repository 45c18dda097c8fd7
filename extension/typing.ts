import type { TextDocumentChangeEvent } from "vscode";
import type { Middleware } from "vscode-languageclient/node";

type Next = (event: TextDocumentChangeEvent) => Promise<void>;

interface Waiting {
  readonly changes: TextDocumentChangeEvent["contentChanges"][number][];
  /** The last event, which has the version that the changes lead to. */
  event: TextDocumentChangeEvent;
  next: Next;
}

const QUIET_MS = 150;

/**
 * Sends what is typed in pieces instead of key by key: writing to the server's pipe costs more than
 * everything else on a keystroke. Anything that the server is asked or told about a document is sent
 * after what waits, so that it never sees an old text. Changes apply one after the other, hence those
 * of several events in a row mean the same as one message.
 */
export class TypingQueue {
  readonly #waiting = new Map<string, Waiting>();
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** The language client's middleware for everything that concerns a document's text. */
  readonly middleware = {
    didChange: (event, next) => {
      this.#add(event, next);
      return Promise.resolve();
    },
    didSave: (document, next) => this.#after(() => next(document)),
    didClose: (document, next) => this.#after(() => next(document)),
    provideHover: (document, position, token, next) =>
      this.#after(() => next(document, position, token)),
    provideCodeLenses: (document, token, next) => this.#after(() => next(document, token)),
    provideCodeActions: (document, range, context, token, next) =>
      this.#after(() => next(document, range, context, token)),
  } satisfies Middleware;

  /** Sends what waits, in the order in which it came. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const { event, changes, next } of this.#waiting.values()) {
      next({ ...event, contentChanges: changes }).catch(this.#onError);
    }
    this.#waiting.clear();
  }

  dispose(): void {
    this.flush();
  }

  #add(event: TextDocumentChangeEvent, next: Next): void {
    const uri = event.document.uri.toString();
    const waiting = this.#waiting.get(uri);
    if (waiting === undefined) {
      this.#waiting.set(uri, { changes: [...event.contentChanges], event, next });
    } else {
      waiting.changes.push(...event.contentChanges);
      waiting.event = event;
      waiting.next = next;
    }
    this.#timer ??= setTimeout(() => this.flush(), QUIET_MS);
  }

  #after<Result>(work: () => Result): Result {
    this.flush();
    return work();
  }
}
