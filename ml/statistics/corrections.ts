/**
 * p-values corrected for their number by Holm (1979): none of the true null hypotheses is rejected with more than the
 * significance, however they depend on each other.
 *
 * @returns in the order given, at most 1
 */
export function holm(pValues: readonly number[]): number[] {
  const count = pValues.length;
  let most = 0;
  return inOrder(pValues, (p, rank) => {
    most = Math.max(most, Math.min(p * (count - rank), 1));
    return most;
  });
}

/**
 * p-values corrected by Benjamini and Hochberg (1995): of those below q, a share of at most q is expected to be false.
 * For independent or positively dependent tests.
 *
 * @returns in the order given, at most 1
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const count = pValues.length;
  let least = 1;
  return inOrder(
    pValues.map((p) => -p), // from the largest
    (negative, rank) => {
      least = Math.min(least, (-negative * count) / (count - rank));
      return least;
    },
  );
}

/** Maps values in ascending order, and returns the results in the order of the values. */
function inOrder(values: readonly number[], map: (value: number, rank: number) => number): number[] {
  const results = new Array<number>(values.length);
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!);
  for (const [rank, at] of order.entries()) results[at] = map(values[at]!, rank);
  return results;
}
