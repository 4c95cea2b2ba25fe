/** The combining mark of each accent: by its LaTeX command, and by its name in HTML. */
const LATEX_MARKS = new Map([
  ['"', '\u0308'],
  ["'", '\u0301'],
  ['`', '\u0300'],
  ['^', '\u0302'],
  ['~', '\u0303'],
  ['=', '\u0304'],
  ['.', '\u0307'],
  ['u', '\u0306'],
  ['v', '\u030c'],
  ['H', '\u030b'],
  ['c', '\u0327'],
  ['d', '\u0323'],
  ['b', '\u0331'],
  ['k', '\u0328'],
  ['r', '\u030a'],
]);
const HTML_MARKS = new Map([
  ['uml', '\u0308'],
  ['acute', '\u0301'],
  ['grave', '\u0300'],
  ['circ', '\u0302'],
  ['tilde', '\u0303'],
  ['cedil', '\u0327'],
  ['ring', '\u030a'],
  ['caron', '\u030c'],
]);
const LATEX_LETTERS = new Map([
  ['ss', 'ß'],
  ['ae', 'æ'],
  ['AE', 'Æ'],
  ['oe', 'œ'],
  ['OE', 'Œ'],
  ['aa', 'å'],
  ['AA', 'Å'],
  ['o', 'ø'],
  ['O', 'Ø'],
  ['l', 'ł'],
  ['L', 'Ł'],
  ['i', 'i'],
  ['j', 'j'],
  ['TeX', 'TeX'],
  ['LaTeX', 'LaTeX'],
]);

const LATEX_LETTER = /\\(ss|ae|AE|oe|OE|aa|AA|LaTeX|TeX|[oOlLij])(?![a-zA-Z])(?:\{\}|[ \t])?/g;
const LATEX_ACCENT = /\\(?:(["'`^~=.])\s?\{?|([uvHcdbkr])[\s{])([a-zA-Z])\}?/g; // \c c is ç, \cc is another command
const HTML_ACCENT = /&([a-zA-Z])(uml|acute|grave|circ|tilde|cedil|ring|caron);/g;

/** The accented and special letters that LaTeX spells by commands: `\"o` and `\"{o}` are ö, `\ss` is ß. */
export function latexLetters(text: string): string {
  return text
    .replace(LATEX_LETTER, (_, name) => LATEX_LETTERS.get(name)!)
    .replace(LATEX_ACCENT, (_, symbol, name, letter) => accented(letter, LATEX_MARKS.get(symbol ?? name)!));
}

/** The accented letters that HTML spells by name: `&ouml;` is ö. */
export function htmlLetters(text: string): string {
  return text.replace(HTML_ACCENT, (_, letter, mark) => accented(letter, HTML_MARKS.get(mark)!));
}

function accented(letter: string, mark: string): string {
  return (letter + mark).normalize('NFC');
}
