import { latexLetters } from './accents.ts';

// Every quantifier is bounded or stops at the next character that could open another match, so that no input
// makes these expressions rescan: time is linear in the text.
const MATHS = [
  /\$\$[^$]{1,300}\$\$/g,
  /(?<!\\)\$(?!\s|\d[^$\\]{0,300}\s[a-z]{3})[^$]{1,300}(?<![\s\\])\$/g, // "$5 for two, $9 for three" are prices
  /\\\(.{0,300}?\\\)/gs,
  /\\\[.{0,300}?\\\]/gs,
];
const ARGUMENT_IS_NO_TEXT =
  /\\(?:[a-zA-Z]{0,20}(?:cite[a-z]{0,20}|ref)|label|url|href|begin|end|[hv]space|includegraphics)\*?(?:\[[^\]{}]{0,100}\])?\s{0,3}\{[^{}]*\}/g;
const COMMAND_WITH_ARGUMENT = /\\[a-zA-Z]+\*?(?=\{)/g;
const COMMAND = /\\[a-zA-Z]+\*?/g;
const ESCAPED = /\\([%&#_])/g;

/** Takes formulas out: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`. A price in dollars is no formula. */
export function dropMaths(text: string): string {
  if (!/[$\\]/.test(text)) return text;
  return MATHS.reduce((rest, maths) => rest.replace(maths, ''), text);
}

function withoutNames(text: string): string {
  if (!text.includes('\\')) return text;
  return latexLetters(text)
    .replace(ARGUMENT_IS_NO_TEXT, ' ')
    .replace(COMMAND_WITH_ARGUMENT, '')
    .replace(COMMAND, ' ')
    .replace(ESCAPED, '$1');
}

/**
 * LaTeX markup as plain text. Accents become letters, quotes become quotes; a citation, a reference or a link
 * goes with its argument; of any other command, known or not, the name goes and the argument stays. Nothing
 * that LaTeX would read as markup is left: no backslash, brace, dollar or tie.
 */
export function dropCommands(text: string): string {
  return withoutNames(text).replace(/``|''/g, '"').replace(/[\\~]/g, ' ').replace(/[{}$]/g, '');
}
