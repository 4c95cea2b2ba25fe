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
export function kFolds(samples: number, folds: number, seed: number): Fold[] {
  assertFolds(folds, samples, 'samples');
  const order = shuffle(rowsOf(samples), seededRandom(seed));
  return foldsOf(dealt([order], samples, folds), folds);
}

/**
 * The same with the rows of each class spread evenly: of each class, and of all rows, the test parts differ by one at most.
 *
 * @param classes of each row
 * @throws InvalidInput `folds`; also where a class has fewer rows than there are folds
 */
export function stratifiedFolds(classes: readonly (string | number)[], folds: number, seed: number): Fold[] {
  assertFolds(folds, classes.length, 'samples');
  const random = seededRandom(seed);
  const members = Map.groupBy(rowsOf(classes.length), (row) => classes[row]!);
  for (const [name, rows] of members) assertFolds(folds, rows.length, `samples of ${name}`);
  const orders = [...members.values()].map((rows) => shuffle(rows, random));
  return foldsOf(dealt(orders, classes.length, folds), folds);
}

/**
 * The same with all rows of a group in one test part: the largest groups first, each to the part with the fewest rows so far.
 *
 * @param groups of each row
 * @param seed decides between groups of equal size
 * @throws InvalidInput `folds`; also where there are fewer groups than folds
 */
export function groupedFolds(groups: readonly (string | number)[], folds: number, seed: number): Fold[] {
  const members = Map.groupBy(rowsOf(groups.length), (row) => groups[row]!);
  assertFolds(folds, members.size, 'groups');
  const order = shuffle([...members.values()], seededRandom(seed)).sort((a, b) => b.length - a.length);
  const sizes = new Array<number>(folds).fill(0);
  const foldOf = new Int32Array(groups.length);
  for (const rows of order) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold]! += rows.length;
    for (const row of rows) foldOf[row] = fold;
  }
  return foldsOf(foldOf, folds);
}

/**
 * Folds in which what is measured on is later than all that is learnt from: the last parts of equal size, each with all rows
 * before it. Rows of one time stay together: those that begin before a test part are learnt from.
 *
 * @param times of each row, in any order: ISO 8601 of one form, or numbers
 * @throws InvalidInput `folds`; also where so many rows have one time that a part would be empty
 */
export function timeFolds(times: readonly (string | number)[], folds: number): Fold[] {
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
function afterTies(order: readonly number[], times: readonly (string | number)[], start: number): number {
  let place = start;
  while (place < order.length && times[order[place]!] === times[order[place - 1]!]) place += 1;
  return place;
}

/** Deals rows to folds in turn, one list after the other, without beginning again: so all sizes differ by one at most. */
function dealt(orders: readonly (readonly number[])[], samples: number, folds: number): Int32Array {
  const foldOf = new Int32Array(samples);
  let turn = 0;
  for (const row of orders.flat()) foldOf[row] = turn++ % folds;
  return foldOf;
}

function foldsOf(foldOf: Int32Array, folds: number): Fold[] {
  const rows = rowsOf(foldOf.length);
  return Array.from({ length: folds }, (_, fold) => ({
    train: Int32Array.from(rows.filter((row) => foldOf[row] !== fold)),
    test: Int32Array.from(rows.filter((row) => foldOf[row] === fold)),
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

const rowsOf = (count: number): number[] => Array.from({ length: count }, (_, row) => row);
const ascending = (rows: readonly number[]): Int32Array => Int32Array.from(rows).sort();
const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
