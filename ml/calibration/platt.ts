/** p = 1 / (1 + exp(slope · score + intercept)) */
export interface PlattScaling {
  readonly slope: number;
  readonly intercept: number;
}

const MAX_STEPS = 200;
const TOLERANCE = 1e-10;
/** keeps the Hessian positive definite */
const RIDGE = 1e-12;
const SMALLEST_STEP = 1e-10;

/**
 * Platt scaling (1999) by Newton's method with backtracking (Lin, Lin and Weng 2007, "A note on Platt's probabilistic outputs for
 * support vector machines"): the sigmoid of scores with the least log loss against targets that are kept off 0 and 1,
 * (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2).
 *
 * @param scores of any scale, such as log-odds
 * @param isPositive 1 or 0 by row
 */
export function fitPlatt(scores: Float64Array, isPositive: ArrayLike<number>): PlattScaling {
  let positives = 0;
  for (let row = 0; row < scores.length; row++) positives += isPositive[row]!;
  const negatives = scores.length - positives;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (negatives + 2)];
  const targets = Float64Array.from(scores, (_, row) => (isPositive[row] ? high : low));
  let [slope, intercept] = [0, Math.log((negatives + 1) / (positives + 1))];
  let loss = lossAt(scores, targets, slope, intercept);
  for (let step = 0; step < MAX_STEPS; step++) {
    const { g1, g2, h11, h21, h22 } = derivatives(scores, targets, slope, intercept);
    if (Math.abs(g1) < TOLERANCE && Math.abs(g2) < TOLERANCE) break;
    const determinant = h11 * h22 - h21 * h21;
    const [da, db] = [-(h22 * g1 - h21 * g2) / determinant, -(h11 * g2 - h21 * g1) / determinant];
    const descent = g1 * da + g2 * db;
    let size = 1;
    for (; size >= SMALLEST_STEP; size /= 2) {
      const next = lossAt(scores, targets, slope + size * da, intercept + size * db);
      if (next >= loss + 1e-4 * size * descent) continue;
      [slope, intercept, loss] = [slope + size * da, intercept + size * db, next];
      break;
    }
    if (size < SMALLEST_STEP) break;
  }
  return { slope, intercept };
}

/** The probability of a score. */
export function plattProbability({ slope, intercept }: PlattScaling, score: number): number {
  const margin = slope * score + intercept;
  if (margin < 0) return 1 / (1 + Math.exp(margin));
  const odds = Math.exp(-margin);
  return odds / (1 + odds);
}

function lossAt(scores: Float64Array, targets: Float64Array, slope: number, intercept: number): number {
  let loss = 0;
  for (let row = 0; row < scores.length; row++) {
    const margin = slope * scores[row]! + intercept;
    const target = targets[row]!;
    loss +=
      margin >= 0
        ? target * margin + Math.log1p(Math.exp(-margin))
        : (target - 1) * margin + Math.log1p(Math.exp(margin));
  }
  return loss;
}

function derivatives(scores: Float64Array, targets: Float64Array, slope: number, intercept: number) {
  const scaling = { slope, intercept };
  let [g1, g2, h11, h21, h22] = [0, 0, RIDGE, 0, RIDGE];
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!;
    const p = plattProbability(scaling, score);
    const curvature = p * (1 - p);
    const gap = targets[row]! - p;
    g1 += score * gap;
    g2 += gap;
    h11 += score * score * curvature;
    h21 += score * curvature;
    h22 += curvature;
  }
  return { g1, g2, h11, h21, h22 };
}
