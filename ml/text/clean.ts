import { htmlLetters, latexLetters } from './accents.ts';
import { dropCommands, dropMaths } from './latex.ts';
import { NOT_ASCII, toNfkc, withoutMarks } from './normalise.ts';

const URL =
  /(?:\b(?:https?|ftp):\/\/|\bwww\.|\b(?:git(?:hub|lab)\.com|huggingface\.co)\/)[^\s<>"{}|^`]*[^\s<>"{}|^`.,;:!?()[\]]/gi;
const EMAIL = /(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}\b/gi;
const HTML_TAG = /<\/?(?:a|b|br|code|div|em|i|li|ol|p|span|strong|sub|sup|tt|u|ul)(?:\s[^<>]{0,200})?\/?>/gi;
const HTML_ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['ndash', '–'],
  ['mdash', '—'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['hellip', '…'],
]);
const REPEATED = /([^\p{L}\p{M}\p{N}\s+])\1+/gu;
const REPEATED_IN_ASCII = /([!-*,-/:-@[-`{-~])\1+/g; // the same of ASCII, in a third of the time
const PASSES = 5;

/**
 * The readable text of LaTeX, of HTML or of plain prose: without URLs, e-mail addresses, formulas,
 * LaTeX commands, HTML, control characters, repeated punctuation and superfluous white space; accents and
 * entities as letters, in Unicode's compatibility form (NFKC). Any text is good input; the time is linear.
 *
 * What one removal joins can be markup again ("&\emph{lt};"), so passes repeat until nothing changes:
 * cleaning what is clean changes nothing. Text made to need many passes is cut down to its words.
 */
export const cleanText = (raw: string): string => cleanedText(raw).text;

/** A step of cleaning, and what it takes out or replaces. */
export type CleaningStep = (typeof CLEANING_STEPS)[number]['name'];

const CLEANING_STEPS = [
  { name: 'unicode', apply: normaliseCharacters },
  { name: 'entities', apply: decodeEntities },
  { name: 'html', apply: (text: string) => (text.includes('<') ? text.replace(HTML_TAG, ' ') : text) },
  { name: 'urls', apply: (text: string) => (/\/|www/i.test(text) ? text.replace(URL, ' ') : text) },
  { name: 'emails', apply: (text: string) => (text.includes('@') ? text.replace(EMAIL, ' ') : text) },
  { name: 'formulas', apply: dropMaths },
  { name: 'latex', apply: dropCommands },
  { name: 'spacing', apply: tidy },
  { name: 'symbols', apply: (text: string) => text },
] as const;

/** A text, cleaned as `cleanText` does, and the steps that changed it, in their order. */
export function cleanedText(raw: string): { text: string; steps: CleaningStep[] } {
  const applied = new Set<CleaningStep>();
  let text = raw;
  let isClean = false;
  for (let pass = 0; pass < PASSES && !isClean; pass++) {
    const cleaner = cleanOnce(text, applied);
    isClean = cleaner === text;
    text = cleaner;
  }
  if (!isClean) {
    text = cleanOnce(text.replace(/[^\p{L}\p{N}]+/gu, ' '), applied);
    applied.add('symbols');
  }
  return { text, steps: stepsIn(applied) };
}

/** Steps in the order in which they are applied, each once. */
export const stepsIn = (steps: Iterable<CleaningStep>): CleaningStep[] => {
  const applied = new Set(steps);
  return CLEANING_STEPS.flatMap(({ name }) => (applied.has(name) ? [name] : []));
};

function cleanOnce(raw: string, applied: Set<CleaningStep>): string {
  let text = raw;
  for (const { name, apply } of CLEANING_STEPS) {
    const cleaner = apply(text);
    if (cleaner !== text) applied.add(name);
    text = cleaner;
  }
  return text;
}

/** Ligatures and full-width letters as plain ones, no control, format or private-use characters. */
function normaliseCharacters(text: string): string {
  if (!NOT_ASCII.test(text)) return text.replace(/\p{Cc}/gu, ' ');
  return toNfkc(
    text
      .toWellFormed()
      .replace(/[\p{Cf}\p{Co}\ufffd]/gu, '')
      .replace(/\p{Cc}/gu, ' '),
  );
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return htmlLetters(text)
    .replace(/&([a-z]{2,6});/g, (entity, name) => HTML_ENTITIES.get(name) ?? entity)
    .replace(/&#(\d{1,7});/g, (_, code) => character(Number(code)))
    .replace(/&#x([\da-f]{1,6});/gi, (_, code) => character(Number.parseInt(code, 16)));
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
}

/** Repeated punctuation once (but C++ stays), no empty brackets, no space before a full stop. */
function tidy(text: string): string {
  return text
    .replace(NOT_ASCII.test(text) ? REPEATED : REPEATED_IN_ASCII, '$1')
    .replace(/\(\s?\)|\[\s?\]/g, ' ')
    .replace(/\s\s+|[^\S ]/g, ' ')
    .replace(/ ([,.;:!?)\]])/g, '$1')
    .trim();
}

/**
 * A title with everything folded in which copies of one text differ: case, accents, punctuation, white space.
 * Formulas keep their letters, so "$k$-means" and "$n$-means" stay two titles. A title without any letter or
 * digit gives the empty string, which says nothing about equality.
 */
export function normaliseTitle(title: string): string {
  return withoutMarks(latexLetters(decodeEntities(title)))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
