/** A function that never falls: linear between its points, constant beyond them. */
export interface IsotonicFunction {
  /** ascending */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

interface Block {
  first: number;
  last: number;
  sum: number;
  weight: number;
}

/**
 * Isotonic regression by pooling adjacent violators (Barlow et al. 1972; Zadrozny and Elkan 2002 for calibration): the function
 * that never falls with the least squared error. Equal scores are one point, at their mean.
 *
 * @param scores of any scale
 * @param targets by row, such as 1 and 0
 */
export function fitIsotonic(scores: Float64Array, targets: ArrayLike<number>): IsotonicFunction {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  const points: Block[] = [];
  for (const row of order) {
    const [score, target] = [scores[row]!, targets[row]!];
    const last = points.at(-1);
    if (last && last.first === score) {
      last.sum += target;
      last.weight += 1;
    } else points.push({ first: score, last: score, sum: target, weight: 1 });
  }
  const blocks: Block[] = [];
  for (const point of points) {
    let block = { ...point };
    for (
      let before = blocks.at(-1);
      before && before.sum * block.weight >= block.sum * before.weight;
      before = blocks.at(-1)
    ) {
      blocks.pop();
      block = {
        first: before.first,
        last: block.last,
        sum: before.sum + block.sum,
        weight: before.weight + block.weight,
      };
    }
    blocks.push(block);
  }
  const ends = blocks.flatMap(({ first, last, sum, weight }) => {
    const y = sum / weight;
    return first === last
      ? [{ x: first, y }]
      : [
          { x: first, y },
          { x: last, y },
        ];
  });
  return { x: ends.map(({ x }) => x), y: ends.map(({ y }) => y) };
}

export function isotonicValue({ x, y }: IsotonicFunction, score: number): number {
  if (x.length === 0) return Number.NaN;
  if (score <= x[0]!) return y[0]!;
  const above = x.findIndex((at) => at >= score);
  if (above < 0) return y.at(-1)!;
  const [from, to] = [x[above - 1]!, x[above]!];
  return y[above - 1]! + ((score - from) / (to - from)) * (y[above]! - y[above - 1]!);
}
