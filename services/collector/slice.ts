import { EpochlogError } from '../../kernel/errors.ts';
import { parseDay } from '../../ml/records/day.ts';
import { type Line, readLines, type TextFile } from '../../ml/records/lines.ts';
import { maybeObject, parsePaper } from '../../tasks/arxiv/paper.ts';

/** What is known of each line before it is read again: enough to put the lines in order. */
export interface IndexedLine {
  number: number;
  /** days since 1970-01-01; UNDATED where no date can be read */
  day: number;
  /** UTF-16 units */
  length: number;
}

/** The papers published from `from` on and before `to`; null: without limit. Days as YYYY-MM-DD. */
export interface Slice {
  from: string | null;
  to: string | null;
}

const DAY_MS = 86_400_000;
const UNDATED = -1_000_000; // before the year 0: undated lines come first, in a slice without a beginning
const ENDLESS = 1_000_000_000;

/** As much text as is held to be put in order; a larger slice is read in several passes. */
const PASS_LENGTH = 1 << 25;

/**
 * Of a file so many rejected lines are told one by one; those after them are counted, and only parsed when they begin
 * as an object does: the others count as `not_an_object`.
 */
const MAX_REJECTED_LINES = 1_000;

/** What is known of a file before it is read again. */
export interface Index {
  /** papers, and the first lines that are none */
  lines: readonly IndexedLine[];
  /** the other lines that are none: by day, how many of each code */
  surplus: ReadonlyMap<number, Readonly<Record<string, number>>>;
}

export async function indexLines(file: TextFile): Promise<Index> {
  const lines: IndexedLine[] = [];
  const surplus = new Map<number, Record<string, number>>();
  let rejected = 0;
  for await (const line of readLines(file)) {
    const isFlood = rejected >= MAX_REJECTED_LINES;
    if (isFlood && line.text !== undefined && !maybeObject(line)) {
      addTo(surplus, UNDATED, 'not_an_object');
      continue;
    }
    const { paper, fault } = parsePaper(line);
    const { published } = paper ?? fault;
    const day = published ? daysOf(published) : UNDATED;
    if (fault) rejected += 1;
    if (fault && isFlood) addTo(surplus, day, fault.code);
    else lines.push({ number: line.number, day, length: line.text?.length ?? 0 });
  }
  return { lines, surplus };
}

function addTo(surplus: Map<number, Record<string, number>>, day: number, code: string): void {
  const counts = surplus.get(day) ?? {};
  counts[code] = (counts[code] ?? 0) + 1;
  surplus.set(day, counts);
}

/** How many rejected lines of a slice are not told one by one, by code. */
export function surplusIn({ surplus }: Index, slice: Slice): Record<string, number> {
  const isIn = daysIn(slice);
  const total: Record<string, number> = {};
  for (const [day, counts] of surplus) {
    if (!isIn(day)) continue;
    for (const [code, count] of Object.entries(counts)) total[code] = (total[code] ?? 0) + count;
  }
  return total;
}

/**
 * The lines of a slice in the order of publication, ties as in the file. Lines without a readable date belong to
 * the slice that has no `from`, so that slices which follow one another hold every line once.
 *
 * @throws EpochlogError INPUT_INVALID when a bound is not a date
 */
export async function* readSlice(
  file: TextFile,
  index: Index,
  slice: Slice,
  passLength = PASS_LENGTH,
): AsyncGenerator<Line, void, undefined> {
  for (const pass of inPasses(linesOf(index.lines, slice), passLength)) {
    const texts = await readTexts(file, pass);
    for (const { number } of pass) yield { number, text: texts.get(number) };
  }
}

function linesOf(lines: readonly IndexedLine[], slice: Slice): IndexedLine[] {
  const isIn = daysIn(slice);
  return lines.filter(({ day }) => isIn(day)).sort((a, b) => a.day - b.day || a.number - b.number);
}

function daysIn({ from, to }: Slice): (day: number) => boolean {
  const first = from === null ? UNDATED : boundOf(from);
  const end = to === null ? ENDLESS : boundOf(to);
  return (day) => day >= first && day < end;
}

function* inPasses(lines: readonly IndexedLine[], passLength: number): Generator<IndexedLine[]> {
  let pass: IndexedLine[] = [];
  let held = 0;
  for (const line of lines) {
    if (pass.length > 0 && held + line.length > passLength) {
      yield pass;
      pass = [];
      held = 0;
    }
    pass.push(line);
    held += line.length;
  }
  if (pass.length > 0) yield pass;
}

async function readTexts(
  file: TextFile,
  pass: readonly IndexedLine[],
): Promise<Map<number, string | undefined>> {
  const wanted = new Set(pass.map(({ number }) => number));
  const texts = new Map<number, string | undefined>();
  for await (const { number, text } of readLines(file)) {
    if (wanted.has(number)) texts.set(number, text);
    if (texts.size === wanted.size) break;
  }
  return texts;
}

function boundOf(date: string): number {
  const day = parseDay(date);
  if (day) return daysOf(day);
  throw new EpochlogError('INPUT_INVALID', `'${date}' is not a date: write it as 2024-05-31`);
}

const daysOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
