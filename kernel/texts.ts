import { z } from 'zod';
import { EpochlogError } from './errors.ts';
import type { NewEvent } from './event.ts';
import './wording.ts';

/**
 * The limits of what comes from outside, in one place: of texts in UTF-16 code units, of lists and maps in entries.
 * Routes and commands take the types below, which name the wrong field; `assertWithinLimits` guards the log itself, so
 * that a new route or a new event is bounded even where its schema sets no limit.
 */
export const LIMITS = {
  identifier: 200,
  version: 50,
  /** any text of an event that comes from outside: what is larger is an artifact, named by its digest */
  reason: 1_000,
  /** entries of a list or a map of such an event */
  entries: 1_000,
  parameters: 100,
  /** a parameter that a tracking client logs */
  parameter: 6_000,
  /** of a registered model or its version, for people */
  description: 5_000,
  /** inputs of a task: an instance with its id, time and target, and its features by name, still fit an event */
  columns: 500,
  /** a text of an instance */
  value: 100_000,
  /** a YAML file that declares something */
  declaration: 100_000,
  sql: 100_000,
  /** what is only looked up: an id that was derived from identifiers is longer than each of them */
  lookup: 500,
  /** what the server made and the client gives back: a place in a list or in the log */
  cursor: 8_000,
} as const;

const CONTROL = /\p{Cc}/u;
const ILL_FORMED = 'has half a surrogate pair: it is no Unicode text, and no UTF-8';
const CONTROLLED = 'has control characters, such as a line break';

/** A text of some length, line breaks included. */
const text = (max: number) => z.string().max(max).refine(isWellFormed, ILL_FORMED);

/** A text of one line that names something. */
const name = (max: number) => text(max).min(1).refine(isPrintable, CONTROLLED);

function isWellFormed(value: string): boolean {
  return value.isWellFormed();
}

function isPrintable(value: string): boolean {
  return !CONTROL.test(value);
}

/** What an aggregate, a model, a label, a person … is called. */
export const identifier = name(LIMITS.identifier);
/** A version of a model. */
export const version = name(LIMITS.version);
/** Where versions are deployed to, such as production. */
export const environment = z
  .string()
  .max(63)
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'is no name of an environment: lower-case letters, digits and hyphens, such as staging',
  );
/** The reason of a request. */
export const reason = text(LIMITS.reason).min(1);
/** A YAML file that declares a task or a model. */
export const declaration = text(LIMITS.declaration).min(1);
export const sql = text(LIMITS.sql).min(1);
export const lookup = text(LIMITS.lookup);
export const cursor = text(LIMITS.cursor);
/** true or false, in the words of a query string. */
export const flag = z.stringbool().meta({ maxLength: 8 });

const scalar = z.union([text(LIMITS.reason), z.number(), z.boolean()]);

/** A text, a number, a boolean, or a list of them. */
export const hyperparameter = z.union([scalar, z.array(scalar).max(LIMITS.entries)]);

/** A text of an instance: its model says how long it may be. */
export const value = text(LIMITS.value);

/** Values by name, at most `max` of them. */
export const namedValues = <T extends z.ZodType>(value: T, max: number = LIMITS.parameters) =>
  z
    .record(identifier, value)
    .refine((values) => Object.keys(values).length <= max, `has more than ${max} entries`)
    .meta({ maxProperties: max });

/**
 * INPUT_INVALID, naming the field, unless all texts of an event that comes from outside are Unicode and within the
 * limits, and its key `subject` is an identifier.
 */
export function assertWithinLimits({ type, data }: NewEvent, subject: string): void {
  const { error } = identifier.safeParse(subject);
  if (error) throw invalid(`${type}: its key ${error.issues[0]?.message}`);
  const fault = faultIn(data, []);
  if (fault) throw invalid(`${type}: ${fault}`);
}

/** Fields of events that may hold longer texts, by the path to them without the places in lists. */
const LONG_TEXTS: Readonly<Record<string, number>> = {
  file: LIMITS.declaration,
  input: LIMITS.value,
  description: LIMITS.description,
  'params.value': LIMITS.parameter,
  'tags.value': LIMITS.value,
  'datasets.source': LIMITS.value,
  'datasets.schema': LIMITS.value,
  'datasets.profile': LIMITS.value,
};

const PLACE_IN_LIST = /\.\d+/g;

const invalid = (message: string) => new EpochlogError('INPUT_INVALID', message);

/** What is wrong with the texts and lists in a value, with the path to it; undefined when nothing is. */
function faultIn(value: unknown, path: readonly string[]): string | undefined {
  if (typeof value === 'string') return faultOf(value, path);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  const entries = Object.entries(value);
  if (path.length > 0 && entries.length > LIMITS.entries)
    return `${path.join('.')} has ${entries.length} entries, more than the ${LIMITS.entries} that an event may have`;
  for (const [key, inside] of entries) {
    if (!isShort(key)) return faultOf(key, [...path, 'a name']);
    if (typeof inside === 'string' ? isShort(inside) : typeof inside !== 'object') continue;
    const fault = faultIn(inside, [...path, key]);
    if (fault) return fault;
  }
  return undefined;
}

/** Whether a text is right wherever it is: so are nearly all, and to look up which limit one has takes longer than to encode it. */
const isShort = (text: string): boolean => text.length <= LIMITS.reason && text.isWellFormed();

function faultOf(value: string, path: readonly string[]): string | undefined {
  const limit = LONG_TEXTS[path.join('.').replaceAll(PLACE_IN_LIST, '')] ?? LIMITS.reason;
  if (value.length > limit)
    return `${path.join('.')} has ${value.length} characters, more than the ${limit} that an event may have: shorten it`;
  return value.isWellFormed() ? undefined : `${path.join('.')} ${ILL_FORMED}`;
}

/** A text that others wrote, cut to what an event from outside may hold. */
export const withinLimits = (value: string): string => value.slice(0, LIMITS.reason).toWellFormed();
