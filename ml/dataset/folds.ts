import { InvalidInput } from '../errors.ts';
import { seededRandom, shuffle } from '../random.ts';

/** One of several ways to divide samples: rows to learn from, rows to measure on, both ascending and with none in common. */
export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * k-fold cross-validation: each row is in the test part of one fold, and these differ by one row at most.
 *
 * @param samples how many there are
 * @throws InvalidInput `folds` unless there are 2 folds or more, and a row for each
 */
export const kFolds = (samples: number, folds: number, seed: number): Fold[] =>
  foldsOf(kFoldOf(samples, folds, seed), folds);

/** The same as the fold of each row, from 0. */
export function kFoldOf(samples: number, folds: number, seed: number): Int32Array {
  assertFolds(folds, samples, 'samples');
  return roundRobin(shuffle(rowsOf(samples), seededRandom(seed)), folds);
}

/**
 * The same with the rows of each class spread evenly: of each class, and of all rows, the test parts differ by one at most.
 *
 * @param classes of each row
 * @throws InvalidInput `folds`; also where a class has fewer rows than there are folds
 */
export const stratifiedFolds = (classes: readonly (string | number)[], folds: number, seed: number): Fold[] =>
  foldsOf(stratifiedFoldOf(classes, folds, seed), folds);

/**
 * The same as the fold of each row, from 0.
 *
 * @param nameOf a class, for an error
 */
export function stratifiedFoldOf<Class extends string | number>(
  classes: ArrayLike<Class>,
  folds: number,
  seed: number,
  nameOf: (name: Class) => string | number = (name) => name,
): Int32Array {
  assertFolds(folds, classes.length, 'samples');
  const random = seededRandom(seed);
  const { of, names, sizes } = numbered(classes);
  for (const [number, name] of names.entries())
    assertFolds(folds, sizes[number]!, `samples of ${nameOf(name)}`);
  let start = 0;
  const starts = sizes.map((size) => {
    start += size;
    return start - size;
  });
  const ends = [...starts];
  const order = new Int32Array(classes.length); // class by class
  for (const [row, number] of of.entries()) order[ends[number]!++] = row;
  for (const [number, from] of starts.entries()) shuffle(order.subarray(from, ends[number]!), random);
  return roundRobin(order, folds);
}

/**
 * The same with all rows of a group in one test part: the largest groups first, each to the part with the fewest rows so far.
 *
 * @param groups of each row
 * @param seed decides between groups of equal size
 * @throws InvalidInput `folds`; also where there are fewer groups than folds
 */
export const groupedFolds = (groups: readonly (string | number)[], folds: number, seed: number): Fold[] =>
  foldsOf(groupedFoldOf(groups, folds, seed), folds);

/** The same as the fold of each row, from 0. */
export function groupedFoldOf(groups: ArrayLike<string | number>, folds: number, seed: number): Int32Array {
  const { of, sizes } = numbered(groups);
  assertFolds(folds, sizes.length, 'groups');
  const order = shuffle([...sizes.keys()], seededRandom(seed)).sort((a, b) => sizes[b]! - sizes[a]!);
  const filled = new Array<number>(folds).fill(0);
  const foldOfGroup = new Int32Array(sizes.length);
  for (const group of order) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold]! += sizes[group]!;
    foldOfGroup[group] = fold;
  }
  return of.map((group) => foldOfGroup[group]!);
}

/** Numbers names from 0 as they come, and counts the rows of each. */
function numbered<Name>(names: ArrayLike<Name>): { of: Int32Array; names: Name[]; sizes: number[] } {
  const numbers = new Map<Name, number>();
  const sizes: number[] = [];
  const of = new Int32Array(names.length);
  for (let row = 0; row < names.length; row++) {
    const number = numbers.get(names[row]!) ?? numbers.size;
    numbers.set(names[row]!, number);
    sizes[number] = (sizes[number] ?? 0) + 1;
    of[row] = number;
  }
  return { of, names: [...numbers.keys()], sizes };
}

/**
 * Folds in which what is measured on is later than all that is learnt from: the last parts of equal size, each with all rows
 * before it. Rows of one time stay together: those that begin before a test part are learnt from.
 *
 * @param times of each row, in any order: ISO 8601 of one form, or numbers
 * @throws InvalidInput `folds`; also where so many rows have one time that a part would be empty
 */
export function timeFolds(times: ArrayLike<string | number>, folds: number): Fold[] {
  assertFolds(folds + 1, times.length, 'samples');
  const order = rowsOf(times.length).sort((a, b) => compare(times[a]!, times[b]!) || a - b);
  const size = Math.floor(times.length / (folds + 1));
  const starts = Array.from({ length: folds }, (_, fold) =>
    afterTies(order, times, times.length - (folds - fold) * size),
  );
  return starts.map((start, fold) => {
    const end = starts[fold + 1] ?? times.length;
    if (start === end || start === 0)
      throw new InvalidInput(
        'folds',
        `so many samples are of ${times[order[start - 1] ?? 0]} that ${folds} folds by time would leave one empty: take fewer folds`,
      );
    return { train: ascending(order.slice(0, start)), test: ascending(order.slice(start, end)) };
  });
}

/** The first place from `start` on whose time is later than that of the row before it. */
function afterTies(order: Int32Array, times: ArrayLike<string | number>, start: number): number {
  let place = start;
  while (place < order.length && times[order[place]!] === times[order[place - 1]!]) place += 1;
  return place;
}

/** Deals rows to folds in turn: so all sizes, also those of rows that follow one another, differ by one at most. */
function roundRobin(order: Int32Array, folds: number): Int32Array {
  const foldOf = new Int32Array(order.length);
  for (const [turn, row] of order.entries()) foldOf[row] = turn % folds;
  return foldOf;
}

function foldsOf(foldOf: Int32Array, folds: number): Fold[] {
  const rows = rowsOf(foldOf.length);
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((row) => foldOf[row] !== fold),
    test: rows.filter((row) => foldOf[row] === fold),
  }));
}

function assertFolds(folds: number, available: number, what: string): void {
  if (Number.isSafeInteger(folds) && folds >= 2 && available >= folds) return;
  throw new InvalidInput(
    'folds',
    folds >= 2
      ? `${available} ${what} cannot be divided into ${folds} parts: take fewer folds`
      : `there must be 2 folds or more, not ${folds}`,
  );
}

const rowsOf = (count: number): Int32Array => Int32Array.from({ length: count }, (_, row) => row);
const ascending = (rows: Int32Array): Int32Array => rows.toSorted();
const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
