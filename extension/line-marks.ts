import {
  commands,
  Disposable,
  l10n,
  type Memento,
  OverviewRulerLane,
  Range,
  type TextEditor,
  type TextEditorDecorationType,
  ThemeColor,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { GetLineMarks, type LineMark, ReviewChanged } from "../server/protocol.ts";

type Author = LineMark["author"];

const SHOWN_KEY = "shipgate.showsLineAuthors";
const QUIET_MS = 300;

/** Marks who wrote which lines in the visible editors; off until somebody asks for it. */
export function showLineMarks(client: LanguageClient, memory: Memento): Disposable {
  let isShown = memory.get(SHOWN_KEY) === true;
  let timer: NodeJS.Timeout | null = null;
  const looks = {
    ai: look("shipgate.aiLine"),
    human: look("shipgate.humanLine"),
    unknown: look("shipgate.unknownLine"),
  };

  async function paint(editor: TextEditor): Promise<void> {
    const uri = editor.document.uri.toString();
    const isAsked = isShown && editor.document.uri.scheme === "file" && client.isRunning();
    const marks = isAsked ? await client.sendRequest(GetLineMarks, { uri }) : [];
    for (const [author, decoration] of Object.entries(looks)) {
      const own = marks.filter((mark) => mark.author === author);
      editor.setDecorations(decoration, own.map(rangeOf));
    }
  }
  function paintAll(): void {
    for (const editor of window.visibleTextEditors) paint(editor).catch(() => {});
  }
  function paintSoon(): void {
    if (!isShown) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(paintAll, QUIET_MS);
  }

  return Disposable.from(
    ...Object.values(looks),
    commands.registerCommand("shipgate.toggleLineAuthors", async () => {
      isShown = !isShown;
      await memory.update(SHOWN_KEY, isShown);
      paintAll();
      const text = isShown
        ? l10n.t("Lines of assistants, people and unknown authors are marked.")
        : l10n.t("Lines are no longer marked.");
      window.setStatusBarMessage(`$(shield) ${text}`, 4000);
    }),
    client.onNotification(ReviewChanged, paintSoon),
    window.onDidChangeVisibleTextEditors(paintSoon),
    workspace.onDidChangeTextDocument(paintSoon),
    new Disposable(() => {
      if (timer !== null) clearTimeout(timer);
    }),
  );
}

/** A tint behind each line, and a mark beside the scroll bar. */
function look(color: `shipgate.${Author}Line`): TextEditorDecorationType {
  return window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor(color),
    overviewRulerColor: new ThemeColor(color),
    overviewRulerLane: OverviewRulerLane.Left,
  });
}

function rangeOf({ startLine, endLine }: LineMark): Range {
  return new Range(startLine - 1, 0, endLine - 1, 0);
}
