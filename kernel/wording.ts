import { z } from 'zod';
import { didYouMean, listed } from './nearest.ts';

type Raw = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

type Discriminated = z.core.$ZodIssueInvalidUnion & { discriminator?: unknown; options?: readonly unknown[] };

/** of a value that was given, in characters */
const MAX_SHOWN = 60;

/** What a type is called, and an example of it in JSON. */
const TYPES: Readonly<Record<string, readonly [called: string, example?: string]>> = {
  string: ['a text', '"abc"'],
  number: ['a number', '0.5'],
  int: ['a whole number', '3'],
  boolean: ['true or false'],
  array: ['a list', '["a", "b"]'],
  object: ['an object', '{"name": "value"}'],
  record: ['an object', '{"name": "value"}'],
  null: ['null'],
};

/** The same of texts in a format. */
const FORMATS: Readonly<Record<string, readonly [called: string, example?: string]>> = {
  datetime: ['a time with its zone', '"2026-03-01T12:00:00Z"'],
  date: ['a day', '"2026-03-01"'],
  uuid: ['a UUID', '"01930000-0000-7000-8000-000000000001"'],
  url: ['a URL', '"https://example.org/hook"'],
  email: ['an e-mail address', '"ada@example.org"'],
  base64: ['a text in base64', '"YWJj"'],
};

/** What the size of a value is counted in. */
const UNITS: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  map: 'entries',
};

/** Stands for a value that is not shown. */
const WITHHELD = Symbol('withheld');

/**
 * What is wrong with a value, to be read after the name of its field: what was given, what is expected, and an example where
 * there is one. A schema that has an own message for it is not asked here.
 */
export const wordsOf = (issue: Raw): string | undefined => words(issue, issue.input);

/** The same for values that may hold secrets: without what was given. */
export const wordsWithoutValue = (issue: Raw): string | undefined =>
  words(issue, issue.input === undefined ? undefined : WITHHELD);

function words(issue: Raw, input: unknown): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_format':
    case 'invalid_value':
      return mismatch(expectedOf(issue as Issue, formatOf(issue)), input);
    case 'too_big':
      return `takes at most ${sizeOf(issue.maximum, issue, input)}`;
    case 'too_small':
      if (input === '') return 'must not be empty';
      return `takes at least ${sizeOf(issue.minimum, issue, input)}`;
    case 'not_multiple_of':
      return `takes a multiple of ${issue.divisor}, not ${shown(input)}`;
    case 'invalid_key':
      return `is a name that ${issue.issues[0]?.message ?? 'is not allowed'}`;
    case 'invalid_union':
      return ofUnion(issue as z.core.$ZodIssueInvalidUnion, input);
    default:
      return undefined;
  }
}

/** What is expected, in words, with an example; words alone are a list to choose from. */
interface Expected {
  called: string;
  example?: string | undefined;
  words?: readonly string[];
}

function expectedOf(issue: Issue, format?: string): Expected {
  if (issue.code === 'invalid_value') {
    if ('expected' in issue && issue.expected === 'stringbool') return { called: 'true or false' };
    const words = issue.values.map(String);
    return { called: listed(issue.values.map((value) => JSON.stringify(value) ?? String(value))), words };
  }
  if (issue.code === 'invalid_type') {
    const [called, example] = FORMATS[format ?? ''] ?? TYPES[issue.expected] ?? [issue.expected];
    return { called, example };
  }
  if (issue.code === 'invalid_format') {
    const [called, example] = FORMATS[issue.format] ?? [
      `a text that matches ${issue.pattern ?? issue.format}`,
    ];
    return { called, example };
  }
  return { called: issue.message };
}

/** The format that a schema of texts has: 'date' also where no text was given. */
function formatOf({ inst }: Raw): string | undefined {
  const def = inst?._zod.def as { format?: unknown } | undefined;
  return typeof def?.format === 'string' ? def.format : undefined;
}

function mismatch({ called, example, words }: Expected, input: unknown): string {
  const such = example === undefined ? '' : `, such as ${example}`;
  const must = words && words.length > 1 ? 'one of ' : '';
  if (input === undefined) return `is missing: it must be ${must}${called}${such}`;
  const not = isUnknown(input) ? '' : `, not ${shown(input)}`;
  if (words && typeof input === 'string') return `must be ${must}${called}${not}${didYouMean(input, words)}`;
  const meant = meantBy(called, input);
  return `must be ${must}${called}${not}${meant === undefined ? such : `: write ${meant}`}`;
}

/** The value in the type that is expected, where it is clear which one is meant. */
function meantBy(called: string, input: unknown): string | undefined {
  if (called === TYPES.string![0] && (typeof input === 'number' || typeof input === 'boolean'))
    return `"${input}"`;
  if (typeof input !== 'string' || input.trim() === '') return undefined;
  const isNumber = Number.isFinite(Number(input)) && String(Number(input)) === input;
  if (called === TYPES.number![0] && isNumber) return `${input}, without quotes`;
  if (called === TYPES.int![0] && isNumber && Number.isInteger(Number(input)))
    return `${input}, without quotes`;
  if (called === TYPES.boolean![0] && (input === 'true' || input === 'false'))
    return `${input}, without quotes`;
  if (called === TYPES.array![0] && input.length <= MAX_SHOWN) return `[${JSON.stringify(input)}]`;
  return undefined;
}

/** A value that is withheld, or was lost: a parameter of a query string that is no number is NaN. */
const isUnknown = (input: unknown) => input === WITHHELD || Number.isNaN(input);

/** A limit, with what was given. */
function sizeOf(limit: number | bigint, { origin, inclusive }: Raw, input: unknown): string {
  const unit = UNITS[String(origin)];
  const border = inclusive === false ? `, without ${limit} itself` : '';
  const size = typeof input === 'string' || Array.isArray(input) ? input.length : undefined;
  if (unit !== undefined)
    return `${limit} ${limit === 1 || limit === 1n ? unit.replace(/ies$/, 'y').replace(/s$/, '') : unit}${size === undefined ? '' : `, not ${size}`}`;
  return `${limit}${border}${isUnknown(input) ? '' : `, not ${shown(input)}`}`;
}

/** Of a choice, what the alternative that fits best finds wrong; all of them, where the type is that of none. */
function ofUnion(issue: z.core.$ZodIssueInvalidUnion, input: unknown): string | undefined {
  if ('discriminator' in issue) return ofKind(issue, input);
  if (issue.errors.length === 0) return undefined;
  const fitting = issue.errors.filter(([first]) => first && !isMismatch(first));
  const [closest] = fitting.toSorted((a, b) => a.length - b.length);
  if (closest && input !== undefined) {
    return closest.map(({ path, message }) => [...path, message].join(' ')).join('; ');
  }
  const all = issue.errors.flatMap(([first]) => (first ? alternatives(first) : []));
  const called = [...new Set(all.map(({ called }) => called))].join(' or ');
  const example = all.find(({ example }) => example !== undefined)?.example;
  return mismatch({ called, example }, input);
}

/** Of a choice by the value of one field, what is wrong with that value. */
function ofKind(issue: Discriminated, input: unknown): string {
  const given = isUnknown(input) ? input : Object(input)[String(issue.discriminator)];
  const words = (issue.options ?? []).map(String);
  return mismatch({ called: listed(words.map((word) => JSON.stringify(word))), words }, given);
}

/** Whether the value is of another type, or no word of a list: nothing in it can be right. */
const isMismatch = ({ path, code }: Issue): boolean =>
  path.length === 0 &&
  (code === 'invalid_type' ||
    code === 'invalid_value' ||
    code === 'invalid_format' ||
    code === 'invalid_union');

const alternatives = (issue: Issue): Expected[] =>
  issue.code === 'invalid_union'
    ? issue.errors.flatMap(([first]) => (first ? alternatives(first) : []))
    : [expectedOf(issue)];

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

// zod's own words for what a schema expects are its types: "expected string, received number"
z.config({ customError: wordsOf });
