import type { Cell } from './cell.ts';

/** Fewer rows tell nothing of how columns go together. */
const MIN_ROWS = 50;
/** a value that is there so often on average, and always with the same class, is no accident */
const ROWS_A_VALUE = 10;
const MIN_ROWS_A_CLASS = 5;
/** a chance below which it is no accident that a column is filled in for one class alone */
const BY_ACCIDENT = 1e-6;
/** correlation of a column with a target that is a number, from which it is the target in another unit */
const SAME = 0.9999;

type Pair = readonly [cell: Cell, target: Cell];

/**
 * Why a column seems to tell the target, which is not known yet when a model is asked; undefined when it does not.
 *
 * @param pairs of a column and the target, of rows where both are there
 */
export function leakOf(pairs: readonly Pair[], isNumberTarget: boolean): string | undefined {
  if (pairs.length < MIN_ROWS) return undefined;
  if (pairs.every(([{ text }, target]) => text === target.text)) return 'it equals the target';
  const isNumeric = pairs.every(([{ look }]) => look === 'number');
  if (isNumberTarget) {
    return isNumeric && Math.abs(correlation(pairs)) > SAME
      ? 'it rises and falls with the target alone'
      : undefined;
  }
  if (isNumeric && hasApartRanges(pairs))
    return 'it tells the class: the ranges of its values do not overlap';
  return isMapping(pairs) ? 'it tells the class: each of its values goes with one alone' : undefined;
}

/**
 * Why the rows in which a column is filled in tell the class, as those of the day on which a contract was cancelled do;
 * undefined when they do not.
 *
 * @param rows of which the class is known: whether the column has a value there, and the class
 */
export function filledLeakOf(
  rows: readonly (readonly [isFilled: boolean, label: string])[],
): string | undefined {
  const filled = rows.filter(([isFilled]) => isFilled);
  const label = filled[0]?.[1];
  if (label === undefined || filled.length < MIN_ROWS || filled.some(([, other]) => other !== label))
    return undefined;
  const share = rows.filter(([, other]) => other === label).length / rows.length;
  return share ** filled.length < BY_ACCIDENT
    ? `it has a value only where the class is ${label}, so it seems to be filled in after the fact`
    : undefined;
}

function isMapping(pairs: readonly Pair[]): boolean {
  const classOf = new Map<string, string>();
  for (const [{ text }, target] of pairs) {
    if ((classOf.get(text) ?? target.text) !== target.text) return false;
    classOf.set(text, target.text);
  }
  return new Set(classOf.values()).size > 1 && pairs.length >= ROWS_A_VALUE * classOf.size;
}

function hasApartRanges(pairs: readonly Pair[]): boolean {
  const ranges = Array.from(Map.groupBy(pairs, ([, { text }]) => text).values(), (members) => {
    const numbers = members.map(([{ text }]) => Number(text)).sort((a, b) => a - b);
    return { rows: numbers.length, least: numbers[0]!, greatest: numbers.at(-1)! };
  }).sort((a, b) => a.least - b.least);
  if (ranges.length < 2 || ranges.some(({ rows }) => rows < MIN_ROWS_A_CLASS)) return false;
  return ranges.every(({ least }, i) => i === 0 || least > ranges[i - 1]!.greatest);
}

/** Pearson's. */
function correlation(pairs: readonly Pair[]): number {
  const points = pairs.map(([x, y]): [number, number] => [Number(x.text), Number(y.text)]);
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xy += (x - meanX) * (y - meanY);
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}
