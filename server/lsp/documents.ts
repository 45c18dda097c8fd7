import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { TextDocument } from "vscode-languageserver-textdocument";
import {
  type Connection,
  type Diagnostic,
  type Range,
  TextDocuments,
  type URI,
} from "vscode-languageserver/node";

import { WHOLE_LINE } from "./diagnostics.ts";
import { type LineMap, mapLines } from "./line-map.ts";
import { normalized } from "./uris.ts";

/**
 * The open documents, beside their texts on the disk. Reviews read the disk: their positions are
 * mapped on to what a buffer holds, so that squiggles stay on their lines while nothing is saved.
 */
export class OpenDocuments {
  readonly #documents = new TextDocuments(TextDocument);
  readonly #saved = new Map<URI, string>();

  /** Follows a connection, and says what it did to a document. */
  listen(
    connection: Connection,
    listener: {
      /** What the disk holds may have changed. */
      readonly onChange: (uri: URI) => void;
      /** A document was saved with another text than before. */
      readonly onSave: (uri: URI, before: string, after: string) => void;
      readonly onClose: (uri: URI) => void;
    },
  ): void {
    this.#documents.onDidOpen(({ document }) => {
      this.#saved.set(normalized(document.uri), document.getText());
      listener.onChange(document.uri);
    });
    this.#documents.onDidSave(({ document }) => {
      const before = this.#saved.get(normalized(document.uri));
      const after = document.getText();
      this.#saved.set(normalized(document.uri), after);
      if (before !== undefined && before !== after) listener.onSave(document.uri, before, after);
      listener.onChange(document.uri);
    });
    this.#documents.onDidClose(({ document }) => {
      this.#saved.delete(normalized(document.uri));
      listener.onClose(document.uri);
      listener.onChange(document.uri);
    });
    this.#documents.listen(connection);
  }

  /**
   * Takes what a file on the disk holds now, after something else than the editor wrote it: an
   * untouched buffer follows the disk without a save. True where an open document is concerned.
   */
  async refresh(uri: URI): Promise<boolean> {
    if (this.#find(uri) === undefined || !uri.startsWith("file:")) return false;
    const text = await readFile(fileURLToPath(uri), "utf8").catch(() => null);
    if (text === null || this.#find(uri) === undefined) return false;
    this.#saved.set(normalized(uri), text);
    return true;
  }

  /** Diagnostics of a file as positions in its buffer; whole lines without their indentation. */
  adjust(uri: URI, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
    const document = this.#find(uri);
    if (document === undefined) return diagnostics;
    const map = this.lineMap(uri);
    const adjusted: Diagnostic[] = [];
    for (const diagnostic of diagnostics) {
      const range = map === null ? diagnostic.range : adjustRange(diagnostic.range, map);
      adjusted.push({ ...diagnostic, range: withoutIndentation(range, document) });
    }
    return adjusted;
  }

  /** The text in the editor; null where the document is not open. */
  text(uri: URI): string | null {
    return this.#find(uri)?.getText() ?? null;
  }

  /** From the disk's lines to the buffer's; null where both are the same. */
  lineMap(uri: URI): LineMap | null {
    const document = this.#find(uri);
    const saved = this.#saved.get(normalized(uri));
    if (document === undefined || saved === undefined) return null;
    const text = document.getText();
    return text === saved ? null : mapLines(saved, text);
  }

  /** What the buffer of a document holds; null where it is not open. */
  textOf(uri: URI): string | null {
    return this.#find(uri)?.getText() ?? null;
  }

  #find(uri: URI): TextDocument | undefined {
    return this.#documents.all().find((it) => normalized(it.uri) === normalized(uri));
  }
}

function withoutIndentation({ start, end }: Range, document: TextDocument): Range {
  if (start.character !== 0 || end.character !== WHOLE_LINE) return { start, end };
  const text = document.getText({ start, end: { line: start.line + 1, character: 0 } });
  const indentation = /^[ \t]*(?=\S)/.exec(text)?.[0].length ?? 0;
  return { start: { line: start.line, character: indentation }, end };
}

function adjustRange({ start, end }: Range, map: LineMap): Range {
  const startLine = map.toNew(start.line);
  return {
    start: { line: startLine, character: start.character },
    end: { line: Math.max(startLine, map.toNew(end.line)), character: end.character },
  };
}
