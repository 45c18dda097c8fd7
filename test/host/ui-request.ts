/** Which element of the editor's page is meant. */
export interface ElementQuery {
  /** A CSS selector. */
  readonly selector: string;
  /** Only elements that contain this text. */
  readonly hasText?: string;
  /** Look in the frame whose address contains this, as webviews need it. */
  readonly frame?: string;
  /** Milliseconds to wait for it; 30 seconds when left out. */
  readonly timeout?: number;
}

/** What a test asks of the page: the words between `ui.ts` in the extension host and the launcher's bridge. */
export type UiRequest =
  | ({ readonly action: "click" | "hover" } & ElementQuery)
  | ({ readonly action: "waitFor"; readonly state: ElementState } & ElementQuery)
  /** Texts of all matching elements, at once and without waiting. */
  | ({ readonly action: "texts" } & ElementQuery)
  | ({ readonly action: "attribute"; readonly name: string } & ElementQuery)
  /** Saves a picture of the element; of the whole page when the selector is `body`. */
  | ({
      readonly action: "screenshot";
      readonly file: string;
      /** Pixels around the element that belong to the picture. */
      readonly margin: number;
    } & ElementQuery)
  | { readonly action: "press"; readonly key: string }
  | { readonly action: "type"; readonly text: string }
  | { readonly action: "setClipboard"; readonly text: string }
  | { readonly action: "resize"; readonly width: number; readonly height: number };

export type ElementState = "attached" | "detached" | "visible" | "hidden";

/** What the bridge answers: a value, or why there is none. */
export type UiAnswer = { readonly value: unknown } | { readonly error: string };
