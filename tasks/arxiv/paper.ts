import { parseDay } from '../../ml/records/day.ts';
import { type Line, type LineFault, parseObject, typeName } from '../../ml/records/lines.ts';

/** A paper as arXiv lists it. */
export interface Paper {
  readonly arxivId: string;
  readonly title: string;
  readonly abstract: string;
  readonly authors: readonly string[];
  /** the primary one first */
  readonly categories: readonly string[];
  readonly primaryCategory: string;
  /** YYYY-MM-DD */
  readonly published: string;
  /** from 1; null where it is not known */
  readonly version: number | null;
  /** the day of that version, YYYY-MM-DD; null where it is not known */
  readonly updated: string | null;
}

/** Why a line is not a paper. `code` is stable for programs, `reason` is for people. */
export interface PaperFault {
  readonly code: LineFault['code'] | 'missing_field' | 'wrong_type' | 'bad_id' | 'bad_date' | 'invalid_field';
  readonly reason: string;
  /** the paper's id where at least that is readable */
  readonly arxivId: string | undefined;
  /** the day of its publication, YYYY-MM-DD, where that is readable */
  readonly published: string | undefined;
}

export type ParsedPaper =
  | { readonly paper: Paper; readonly fault?: undefined }
  | { readonly paper?: undefined; readonly fault: PaperFault };

/** Characters; cleaning takes time with each of them, and no paper has so many. */
export const MAX_TITLE = 10_000;
export const MAX_ABSTRACT = 100_000;
/** of all names, with what is between them; those that come later are left out */
export const MAX_AUTHORS = 100_000;

type Json = Readonly<Record<string, unknown>>;

/**
 * The paper in a line of a file: a JSON object with `arxiv_id`, `title`, `abstract`, `primary_category`, `published`, and
 * `categories`, `authors`, `version` and `updated` where they are known: a cell of CSV holds no list. Other fields are ignored. An id may have the
 * version at its end: `2405.00001v2` is a version of 2405.00001.
 */
export function parsePaper(line: Line): ParsedPaper {
  const { fields, fault } = parseObject(line);
  return fields ? parseFields(fields) : { fault: { ...fault, arxivId: undefined, published: undefined } };
}

/** The paper in the fields of a line. */
export function parseFields(json: Json): ParsedPaper {
  try {
    return { paper: toPaper(json) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message: reason, arxivId } = error;
    const published = typeof json.published === 'string' ? parseDay(json.published) : undefined;
    return { fault: { code, reason, arxivId, published } };
  }
}

/** Unwinds the parsing of a line; never leaves this file. */
class Fault extends Error {
  readonly code: PaperFault['code'];
  readonly arxivId: string | undefined;

  constructor(code: PaperFault['code'], reason: string, arxivId?: string) {
    super(reason);
    this.code = code;
    this.arxivId = arxivId;
  }
}

function toPaper(json: Json): Paper {
  const { arxivId, version: own } = idIn(json);
  const published = string(json, 'published', arxivId);
  const day = parseDay(published);
  if (!day)
    throw new Fault(
      'bad_date',
      `published must be a date such as 2024-05-31, not ${quote(published)}`,
      arxivId,
    );
  const primaryCategory = string(json, 'primary_category', arxivId);
  return {
    arxivId,
    title: bounded(json, 'title', arxivId, MAX_TITLE),
    abstract: bounded(json, 'abstract', arxivId, MAX_ABSTRACT),
    authors: 'authors' in json ? strings(json, 'authors', arxivId) : [],
    categories: 'categories' in json ? strings(json, 'categories', arxivId) : [primaryCategory],
    primaryCategory,
    published: day,
    version: versionIn(json, arxivId) ?? own,
    updated: updatedIn(json, arxivId),
  };
}

function idIn(json: Json): Pick<Paper, 'arxivId' | 'version'> {
  const id = string(json, 'arxiv_id', undefined);
  const [, arxivId = id, version] = VERSIONED_ID.exec(id) ?? [];
  if (/^\S{1,100}$/.test(id)) return { arxivId, version: version === undefined ? null : Number(version) };
  throw new Fault('bad_id', `arxiv_id must be 1 to 100 characters without space, not ${quote(id)}`);
}

/** `2405.00001v2` and `quant-ph/0201082v1`; a name of any other shape may end as it likes. */
const VERSIONED_ID = /^(\d{4}\.\d{4,5}|[a-z-]{1,20}(?:\.[A-Z]{2})?\/\d{7})v([1-9]\d{0,3})$/;

function versionIn({ version }: Json, arxivId: string): number | null {
  if (version === undefined || version === null || version === '') return null;
  const [, number] = /^v?([1-9]\d{0,3})$/.exec(String(version)) ?? [];
  if (number !== undefined) return Number(number);
  throw new Fault('invalid_field', `version must be a number from 1, not ${quote(String(version))}`, arxivId);
}

function updatedIn({ updated }: Json, arxivId: string): string | null {
  if (updated === undefined || updated === null || updated === '') return null;
  const day = parseDay(String(updated));
  if (day) return day;
  throw new Fault(
    'bad_date',
    `updated must be a date such as 2024-05-31, not ${quote(String(updated))}`,
    arxivId,
  );
}

/** Half a surrogate pair, which JSON can spell and UTF-8 cannot, becomes U+FFFD, as it would in an event. */
function string(json: Json, field: string, arxivId: string | undefined): string {
  const value = present(json, field, arxivId);
  if (typeof value === 'string') return value.toWellFormed();
  throw new Fault('wrong_type', `${field} must be a string, not ${typeName(value)}`, arxivId);
}

function bounded(json: Json, field: string, arxivId: string, limit: number): string {
  const text = string(json, field, arxivId);
  if (text.length <= limit) return text;
  throw new Fault('too_long', `${field} has ${text.length} characters, at most ${limit} are taken`, arxivId);
}

function strings(json: Json, field: string, arxivId: string): string[] {
  const value = present(json, field, arxivId);
  if (!Array.isArray(value)) {
    throw new Fault('wrong_type', `${field} must be an array of strings, not ${typeName(value)}`, arxivId);
  }
  return value.map((item: unknown) => {
    if (typeof item === 'string') return item.toWellFormed();
    throw new Fault('wrong_type', `${field} must hold strings only, not ${typeName(item)}`, arxivId);
  });
}

function present(json: Json, field: string, arxivId: string | undefined): unknown {
  if (Object.hasOwn(json, field)) return json[field];
  throw new Fault('missing_field', `${field} is missing`, arxivId);
}

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
