import { EpochlogError } from '../../kernel/errors.ts';
import { LIMITS } from '../../kernel/texts.ts';
import { isOwnMetric } from '../../ml/metrics/operational.ts';
import type { EventReader } from '../../schemas/catalogue.ts';
import type { ExperimentRequested } from '../../schemas/events.generated.ts';
import { type PairValue, pairMetric } from '../../tasks/metrics/own-metrics.ts';
import { sealedDatasets } from '../import/check.ts';

type Metric = ExperimentRequested['metrics'][number];
type OwnMetric = ExperimentRequested['ownMetrics'][number];

/**
 * The metrics of an experiment, those of the user with what each answer is worth: their modules are asked once, so that what an
 * experiment is judged by stands in the log, and stays when a module changes.
 *
 * @param folder of the modules
 * @param labels of the model, asked for where there is such a metric
 * @throws INPUT_INVALID when a module gives no table
 */
export async function withOwnMetrics(
  metrics: readonly Metric[],
  folder: string | undefined,
  labels: () => Promise<readonly string[]>,
): Promise<{ metrics: Metric[]; ownMetrics: OwnMetric[] }> {
  const names = new Set(metrics.map(({ metric }) => metric).filter(isOwnMetric));
  if (names.size === 0) return { metrics: [...metrics], ownMetrics: [] };
  const known = await labels();
  const better = new Map<string, string>();
  const ownMetrics: OwnMetric[] = [];
  for (const metric of names) {
    const found = await pairMetric(folder, metric, known);
    better.set(metric, found.better);
    ownMetrics.push(tableOf(metric, found.values));
  }
  return {
    metrics: metrics.map((one) => ({ ...one, better: better.get(one.metric) ?? one.better })),
    ownMetrics,
  };
}

/** The labels that the version in production answers with. */
export async function labelsOf(
  events: EventReader,
  datasetId: string | undefined,
): Promise<readonly string[]> {
  const labels = (await sealedDatasets(events)).get(datasetId ?? '')?.labels ?? [];
  if (labels.length > 0) return labels;
  throw new EpochlogError(
    'INPUT_INVALID',
    'a metric of yours is a value for each pair of labels in an experiment, and the version in production has no labels',
  );
}

/** The most frequent value is what all other pairs have. */
function tableOf(metric: string, values: readonly PairValue[]): OwnMetric {
  const counts = new Map<number, number>();
  for (const { value } of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [otherwise] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
  const others = values.filter(({ value }) => value !== otherwise);
  if (others.length <= LIMITS.entries) return { metric, otherwise, values: others };
  throw new EpochlogError(
    'INPUT_INVALID',
    `${metric} has ${others.length} pairs of labels with another value than ${otherwise}: an experiment takes ${LIMITS.entries}`,
  );
}
