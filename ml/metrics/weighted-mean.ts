/** The mean of values that count so many times each; 0 of none. */
export function meanWith(weights: Float64Array): (values: ArrayLike<number>) => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (values) => {
    let sum = 0;
    for (let row = 0; row < weights.length; row++) sum += weights[row]! * values[row]!;
    return total === 0 ? 0 : sum / total;
  };
}
