/**
 * The exponential moving average, without the bias of its beginning (as TensorBoard and Weights & Biases smooth curves).
 *
 * @param weight of what was before, from 0 (the values themselves) to below 1
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let [last, count] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    last = last * weight + (1 - weight) * value;
    count += 1;
    return last / (1 - weight ** count);
  });
}
