/** How often each class was taken for each: `counts[actual * classes + predicted]`; sums of weights where samples have some. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Int32Array | Float64Array;
}

export interface ClassMetrics {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Samples of the class. */
  readonly support: number;
}

export function confusionMatrix(actual: Int32Array, predicted: Int32Array, classes: number): ConfusionMatrix {
  const counts = new Int32Array(classes * classes);
  for (const [sample, label] of actual.entries()) counts[label * classes + predicted[sample]!]! += 1;
  return { classes, counts };
}

/** Per class; a ratio without a denominator is 0, as in scikit-learn's `zero_division=0`. */
export const classMetrics = (confusion: ConfusionMatrix): ClassMetrics[] =>
  marginsOf(confusion).map(({ hits, support, predictions }) => ({
    precision: ratio(hits, predictions),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, predictions + support),
    support,
  }));

/** The mean F1 of the classes that occur, as labels or as predictions (scikit-learn's default `labels`). */
export function macroF1(confusion: ConfusionMatrix): number {
  return averagesOf(confusion).macroF1;
}

/** Means over the classes that occur, by class (macro) or by sample (weighted). All are 0 without samples. */
export interface ClassAverages {
  /** mean recall of the classes that samples have */
  readonly balancedAccuracy: number;
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
  /** mean Jaccard index of the classes: hits / (samples or predictions of the class) */
  readonly macroJaccard: number;
  readonly weightedPrecision: number;
  readonly weightedF1: number;
}

/** Averages of the classes, as scikit-learn's `average="macro"` and `"weighted"` (the weighted recall is the accuracy). */
export function averagesOf(confusion: ConfusionMatrix): ClassAverages {
  const sums = new Float64Array(7);
  let [classes, present, samples] = [0, 0, 0];
  for (const { hits, support, predictions } of marginsOf(confusion)) {
    if (support + predictions === 0) continue;
    const [precision, recall] = [ratio(hits, predictions), ratio(hits, support)];
    const f1 = ratio(2 * hits, predictions + support);
    const own = [recall, precision, recall, f1, ratio(hits, predictions + support - hits)];
    for (const [at, value] of [...own, support * precision, support * f1].entries()) sums[at]! += value;
    classes += 1;
    samples += support;
    if (support > 0) present += 1;
  }
  const [balanced, precision, recall, f1, jaccard, weightedPrecision, weightedF1] = sums;
  return {
    balancedAccuracy: ratio(balanced!, present),
    macroPrecision: ratio(precision!, classes),
    macroRecall: ratio(recall!, classes),
    macroF1: ratio(f1!, classes),
    macroJaccard: ratio(jaccard!, classes),
    weightedPrecision: ratio(weightedPrecision!, samples),
    weightedF1: ratio(weightedF1!, samples),
  };
}

/**
 * Matthews correlation coefficient of two or more classes (Gorodkin 2004, R_K), 0 where all samples or all predictions are
 * of one class.
 */
export function matthewsCorrelation(confusion: ConfusionMatrix): number {
  const { hits, samples, products, supports, predictions } = sumsOf(confusion);
  const spread = (samples ** 2 - predictions) * (samples ** 2 - supports);
  return spread <= 0 ? 0 : (hits * samples - products) / Math.sqrt(spread);
}

/** Cohen's kappa (1960) of labels and predictions; null where both are of one and the same class. */
export function cohensKappa(confusion: ConfusionMatrix): number | null {
  const { hits, samples, products } = sumsOf(confusion);
  const chance = samples === 0 ? 1 : products / samples ** 2;
  return chance === 1 ? null : (hits / samples - chance) / (1 - chance);
}

/** Sums over the classes: of hits, of samples, of samples × predictions, and of the squares of both. */
function sumsOf(confusion: ConfusionMatrix) {
  const sums = { hits: 0, samples: 0, products: 0, supports: 0, predictions: 0 };
  for (const { hits, support, predictions } of marginsOf(confusion)) {
    sums.hits += hits;
    sums.samples += support;
    sums.products += support * predictions;
    sums.supports += support ** 2;
    sums.predictions += predictions ** 2;
  }
  return sums;
}

/** Of each class its hits, its samples and its predictions. */
function marginsOf({ classes, counts }: ConfusionMatrix) {
  return Array.from({ length: classes }, (_, label) => {
    let support = 0;
    let predictions = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[label * classes + other]!;
      predictions += counts[other * classes + label]!;
    }
    return { hits: counts[label * classes + label]!, support, predictions };
  });
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
