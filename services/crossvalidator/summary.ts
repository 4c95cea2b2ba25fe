import type {
  FoldMeasured,
  CrossValidationCompletedFoldSummary as FoldSummary,
} from '../../schemas/events.generated.ts';

/**
 * Each metric that all folds have, over the folds, the primary one first. The deviation has n - 1; it is that of the folds, not
 * the error of their mean: they learn from much the same samples.
 */
export function summaryOf(measured: readonly FoldMeasured[], primaryMetric: string): FoldSummary[] {
  const inOrder = measured.toSorted((a, b) => a.fold - b.fold);
  const [first, ...others] = inOrder;
  const names = Object.keys(first?.metrics ?? {}).filter((name) =>
    others.every(({ metrics }) => metrics[name] !== undefined),
  );
  return names
    .sort((a, b) => Number(b === primaryMetric) - Number(a === primaryMetric) || (a < b ? -1 : 1))
    .map((metric) => {
      const perFold = inOrder.map(({ metrics }) => metrics[metric]!);
      const mean = perFold.reduce((sum, value) => sum + value, 0) / perFold.length;
      const squares = perFold.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const std = Math.sqrt(squares / Math.max(1, perFold.length - 1));
      return { metric, mean, std, min: Math.min(...perFold), max: Math.max(...perFold), perFold };
    });
}
