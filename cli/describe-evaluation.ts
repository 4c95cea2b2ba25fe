import { difference, interval, measure, percent, probability } from '../ml/metrics/format.ts';
import { measuredBy, TWO_SIDED_95 } from '../schemas/evaluations/measured.ts';
import type { EvaluationCompleted } from '../schemas/events.generated.ts';
import { table } from './output.ts';

/** More classes do not fit a matrix. */
const MAX_CLASSES = 20;

/** An evaluation in parts: metrics with their intervals, coverage, classes, and where the classes are confused. */
export function* describeEvaluation(evaluation: EvaluationCompleted, width: number): Iterable<string> {
  yield metricsOf(evaluation, width);
  const compared = comparison(evaluation);
  if (compared !== undefined) yield compared;
  for (const { coverage, accuracy } of evaluation.coverage)
    yield `  accuracy on the most confident ${percent(coverage)}: ${percent(accuracy)}`;
  if (evaluation.perClass.length === 0) return;
  const rows = evaluation.perClass.map(({ label, precision, recall, f1, support }) => [
    ...[label, percent(precision), percent(recall), percent(f1)],
    support,
  ]);
  yield table(['label', 'precision', 'recall', 'F1', 'records'], rows, width);
  if (evaluation.confusion.length > 0 && evaluation.perClass.length <= MAX_CLASSES)
    yield `\n${confusionMatrix(evaluation)}`;
}

function metricsOf(evaluation: EvaluationCompleted, width: number): string {
  const { metrics, baseline } = evaluation;
  const rows = Object.entries(metrics).map(([name, value]) => {
    const rivals = baseline?.metrics[name];
    return [
      name,
      measure(name, value),
      rangeOf(name, evaluation),
      ...(baseline ? [rivals === undefined ? '-' : measure(name, rivals)] : []),
    ];
  });
  return table(['metric', '', '95 % interval', ...(baseline ? [baseline.version] : [])], rows, width);
}

/** By the bootstrap; of an evaluation from before there was one, by the standard error. */
function rangeOf(
  name: string,
  {
    metrics,
    lower,
    upper,
    standardErrors,
  }: Pick<EvaluationCompleted, 'metrics' | 'lower' | 'upper' | 'standardErrors'>,
): string {
  const [value, error] = [metrics[name]!, standardErrors[name]];
  const half = error === undefined ? undefined : TWO_SIDED_95 * error;
  const from = lower[name] ?? (half === undefined ? undefined : value - half);
  const to = upper[name] ?? (half === undefined ? undefined : value + half);
  return from === undefined || to === undefined ? '' : `${measure(name, from)} to ${measure(name, to)}`;
}

/** The difference from another version on the same records. */
function comparison(evaluation: EvaluationCompleted): string | undefined {
  const measured = measuredBy(evaluation, null);
  if (!measured?.rival || measured.difference === null) return undefined;
  const { primaryMetric: metric } = evaluation;
  const range = measured.interval ? `, 95 % interval ${interval(metric, measured.interval)}` : '';
  const p = measured.pValue === null ? '' : `, p ${probability(measured.pValue)}`;
  return `  ${metric}: ${difference(metric, measured.difference)} from ${measured.rival.version}${range}${p}`;
}

/** True labels below each other, predicted ones beside each other under their numbers; a dot for none. */
export function confusionMatrix({
  perClass,
  confusion,
}: Pick<EvaluationCompleted, 'perClass' | 'confusion'>): string {
  const places = String(perClass.length).length;
  const digits = Math.max(places, ...confusion.flat().map((count) => String(count).length));
  const names = perClass.map(({ label }, index) => `${String(index + 1).padStart(places)} ${label}`);
  const width = Math.max(HEADING.length, ...names.map(({ length }) => length));
  const line = (name: string, values: readonly (number | string)[]) =>
    `  ${name.padEnd(width)}  ${values.map((value) => String(value).padStart(digits)).join(' ')}`;
  const rows = confusion.map((counts, index) =>
    line(
      names[index] ?? '',
      counts.map((count) => count || '.'),
    ),
  );
  return [
    line(
      HEADING,
      perClass.map((_, index) => index + 1),
    ),
    ...rows,
  ].join('\n');
}

const HEADING = 'is / predicted';
