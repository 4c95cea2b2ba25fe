const MAX_COMBINING = 30;

// Marks, and what is no mark but combines with what is before it: the halfwidth sound marks, and a vowel sign of Kirat
// Rai. (Hangul's conjoining letters do too, but are composed in one pass.)
const COMBINING = String.raw`[\p{M}\uff9e\uff9f\u{16d67}]`;
const SURPLUS_COMBINING = new RegExp(`(${COMBINING}{${MAX_COMBINING}})${COMBINING}+`, 'gu');
export const NOT_ASCII = /[\u0080-\uffff]/;

/**
 * NFKC in linear time, of well-formed text. Of a run of combining characters the first 30 stay: normalisation sorts and
 * composes each run in quadratic time (UAX #15, Stream-Safe Text Format; no language comes near 30). Of 10⁶ NFKC would
 * make 106, so raised and lowered digits stay as they are.
 */
export function toNfkc(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  return text
    .replace(SURPLUS_COMBINING, '$1')
    .replace(/[^\u00b2\u00b3\u00b9\u2070-\u209c]+/g, (run) => run.normalize('NFKC'));
}

/** The base characters in NFKD, without their marks. Marks go first: NFKD sorts them in quadratic time. */
export function withoutMarks(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  return text
    .replace(/\p{M}+/gu, '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '');
}
