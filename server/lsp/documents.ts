import { TextDocument } from "vscode-languageserver-textdocument";
import {
  type Connection,
  type Diagnostic,
  type Range,
  TextDocuments,
  type URI,
} from "vscode-languageserver/node";

import { type LineMap, mapLines } from "./line-map.ts";
import { normalized } from "./uris.ts";

/**
 * The open documents, beside their texts on the disk. Reviews read the disk: their positions are
 * mapped on to what a buffer holds, so that squiggles stay on their lines while nothing is saved.
 */
export class OpenDocuments {
  readonly #documents = new TextDocuments(TextDocument);
  readonly #saved = new Map<URI, string>();

  /** Follows a connection. `onChange` is called when what the disk holds may have changed. */
  listen(connection: Connection, onChange: (uri: URI) => void): void {
    this.#documents.onDidOpen(({ document }) => {
      this.#saved.set(normalized(document.uri), document.getText());
      onChange(document.uri);
    });
    this.#documents.onDidSave(({ document }) => {
      this.#saved.set(normalized(document.uri), document.getText());
      onChange(document.uri);
    });
    this.#documents.onDidClose(({ document }) => {
      this.#saved.delete(normalized(document.uri));
      onChange(document.uri);
    });
    this.#documents.listen(connection);
  }

  /** Diagnostics of a file as positions in its buffer. */
  adjust(uri: URI, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
    const map = this.lineMap(uri);
    if (map === null) return diagnostics;
    return diagnostics.map((it) => ({ ...it, range: adjustRange(it.range, map) }));
  }

  /** From the disk's lines to the buffer's; null where both are the same. */
  lineMap(uri: URI): LineMap | null {
    const document = this.#documents.all().find((it) => normalized(it.uri) === normalized(uri));
    const saved = this.#saved.get(normalized(uri));
    if (document === undefined || saved === undefined) return null;
    const text = document.getText();
    return text === saved ? null : mapLines(saved, text);
  }
}

function adjustRange({ start, end }: Range, map: LineMap): Range {
  const startLine = map.toNew(start.line);
  return {
    start: { line: startLine, character: start.character },
    end: { line: Math.max(startLine, map.toNew(end.line)), character: end.character },
  };
}
