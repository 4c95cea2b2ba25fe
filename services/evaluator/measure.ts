import { EpochlogError } from '../../kernel/errors.ts';
import type { InferenceSession } from '../../kernel/ports/inference.ts';
import { categoricalHistogram, histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import { argmaxRows, type DenseMatrix } from '../../ml/matrix.ts';
import { classificationMetrics, PRIMARY_METRIC } from '../../ml/metrics/classification.ts';
import { confidences } from '../../ml/metrics/probabilistic.ts';
import type { OpenPackage } from '../../ml/package/open.ts';
import type {
  EvaluationCompleted,
  EvaluationCompletedHistogram as Histogram,
} from '../../schemas/events.generated.ts';
import type { Sample } from './samples.ts';

const BATCH = 64; // some 10 ms of preparing, so that others get their turn
const CONFIDENCE_BINS = 10;

/** INPUT_INVALID when the model gives no labels, but a number. */
export function labelsOf({ task }: OpenPackage): readonly string[] {
  if (task.type === 'classification') return task.labels;
  throw new EpochlogError('INPUT_INVALID', `${task.name} is a regression: it is not measured by labels`);
}

/** One row of probabilities for each sample. The next batch is prepared while one runs. */
export async function predictAll(
  opened: OpenPackage,
  session: InferenceSession,
  samples: readonly Sample[],
): Promise<DenseMatrix> {
  const { length: columns } = labelsOf(opened);
  const values = new Float32Array(samples.length * columns);
  const inputsFrom = (start: number) =>
    opened.inputsOf(samples.slice(start, start + BATCH).map(({ instance }) => opened.validate(instance)));
  let inputs = inputsFrom(0);
  for (let start = 0; start < samples.length; start += BATCH) {
    const running = session.run(inputs);
    if (start + BATCH < samples.length) inputs = inputsFrom(start + BATCH);
    values.set(opened.scoresOf(await running).values, start * columns);
  }
  return { rows: samples.length, columns, values };
}

/** What was measured of one package. */
export type Measured = Pick<
  EvaluationCompleted,
  'samples' | 'metrics' | 'primaryMetric' | 'perClass' | 'confusion' | 'coverage'
>;

/** @param samples all of whose labels are among `labels` */
export function metricsOf(
  probabilities: DenseMatrix,
  labels: readonly string[],
  samples: readonly Sample[],
): Measured {
  const columns = new Map(labels.map((label, column) => [label, column]));
  const actual = Int32Array.from(samples, ({ target }) => columns.get(target)!);
  const acceptable = samples.map(({ target, otherLabels }) =>
    [target, ...otherLabels].flatMap((name) => columns.get(name) ?? []),
  );
  const {
    samples: count,
    accuracyAtCoverage,
    perClass,
    confusion,
    ...metrics
  } = classificationMetrics(probabilities, actual, labels, acceptable);
  const coverage = Object.entries(accuracyAtCoverage);
  return {
    samples: count,
    metrics: { ...metrics },
    primaryMetric: PRIMARY_METRIC,
    perClass,
    confusion,
    coverage: coverage.map(([fraction, accuracy]) => ({ coverage: Number(fraction), accuracy })),
  };
}

/** What a model answers on samples it has not seen: the frozen reference of drift. Confidence in bins of equal size. */
export function referenceOf(probabilities: DenseMatrix, labels: readonly string[]): Histogram[] {
  const predicted = Array.from(argmaxRows(probabilities), (column) => labels[column]!);
  const confidence = [...confidences(probabilities)];
  const edges = quantileEdges(confidence, CONFIDENCE_BINS);
  return [
    {
      feature: 'predicted_class',
      edges: [],
      categories: labels,
      counts: categoricalHistogram(predicted, labels),
    },
    { feature: 'confidence', edges, categories: [], counts: histogram(confidence, edges) },
  ];
}
