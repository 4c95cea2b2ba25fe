const WORD = /[\p{L}\p{N}]{2,}/gu;

/**
 * The words of a text in order: lower-cased runs of two or more letters or digits of any script. Hyphens,
 * apostrophes and what is left of formulas separate words, so "first-order" is two words whose bigram holds
 * the compound, and the single letters of mathematical notation carry no weight.
 */
export function tokenize(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}
