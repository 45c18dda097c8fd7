/** Letters of other scripts that look like Latin ones, after Unicode's confusables (UTS 39). */
const LATIN_OF: ReadonlyMap<string, string> = new Map([
  ...pairs("аеорсухіјѕһԁԛԝѵӏ", "aeopcyxijshdqwvl"),
  ...pairs("АВЕКМНОРСТУХІЈЅԌԚԜ", "ABEKMHOPCTYXIJSGQW"),
  ...pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo"),
  ...pairs("օսհոցաԼՏՕ", "ouhngwLSO"),
  ...pairs("ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃ", "ABCDEGHJKLMPRSTVWZ"),
]);
const IDENTIFIER = /[\p{ID_Start}_$][\p{ID_Continue}$\u200c\u200d]*/gu;
const NOT_ASCII = /\P{ASCII}/u;
const ASCII_LETTER = /[a-z]/iu;
/** Letters for formulas and wide ones, which some languages take for the plain ones (NFKC). */
const STYLED = /[\u{1d400}-\u{1d7ff}\uff21-\uff3a\uff41-\uff5a]/u;

function pairs(letters: string, latin: string): readonly (readonly [string, string])[] {
  const plain = Array.from(latin);
  return Array.from(letters).map((letter, at) => [letter, plain[at] ?? ""] as const);
}

/** A name that reads as another one. */
export interface LookAlike {
  readonly at: number;
  readonly name: string;
  readonly readsAs: string;
}

/** Names on a line of code that mix Latin letters with look-alikes, or that are look-alikes of a name in use. */
export function findLookAlikes(
  line: string,
  isCodeAt: (offset: number) => boolean,
  isInUse: (name: string) => boolean,
): readonly LookAlike[] {
  if (!NOT_ASCII.test(line)) return [];
  return [...line.matchAll(IDENTIFIER)].flatMap(({ 0: name, index: at }) => {
    if (!NOT_ASCII.test(name) || !isCodeAt(at)) return [];
    const letters = Array.from(name);
    const readsAs = letters.map((each) => LATIN_OF.get(each) ?? each.normalize("NFKC")).join("");
    const swapped = letters.some((each) => LATIN_OF.has(each) || STYLED.test(each));
    if (!swapped || NOT_ASCII.test(readsAs)) return [];
    const isMixed = letters.some((each) => ASCII_LETTER.test(each));
    return isMixed || isInUse(readsAs) ? [{ at, name, readsAs }] : [];
  });
}
