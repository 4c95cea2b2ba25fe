/** How often each class was taken for each: `counts[actual * classes + predicted]`. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Int32Array;
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
export function classMetrics({ classes, counts }: ConfusionMatrix): ClassMetrics[] {
  return Array.from({ length: classes }, (_, label) => {
    let support = 0;
    let predictions = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[label * classes + other]!;
      predictions += counts[other * classes + label]!;
    }
    const hits = counts[label * classes + label]!;
    return {
      precision: ratio(hits, predictions),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, predictions + support),
      support,
    };
  });
}

/** The mean F1 of the classes that occur, as labels or as predictions (scikit-learn's default `labels`). */
export function macroF1(confusion: ConfusionMatrix): number {
  const { classes, counts } = confusion;
  const occurring = classMetrics(confusion).filter(
    ({ support }, label) =>
      support > 0 || Array.from({ length: classes }, (_, k) => counts[k * classes + label]!).some(Boolean),
  );
  return ratio(
    occurring.reduce((sum, { f1 }) => sum + f1, 0),
    occurring.length,
  );
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
