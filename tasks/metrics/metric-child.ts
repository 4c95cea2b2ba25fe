import { parentPort, workerData } from 'node:worker_threads';
import { bootstrapIntervals } from '../../ml/metrics/intervals.ts';
import { meanWith } from '../../ml/metrics/weighted-mean.ts';
import type { MetricAnswer, MetricQuestion, OwnMetricInput, PairValue } from './own-metrics.ts';

/** What `perSample` is asked: of an experiment without the probabilities. */
interface OwnSample {
  readonly labels: readonly string[];
  readonly actual: string | number;
  readonly predicted: string | number;
  readonly probabilities: readonly number[];
}

type PerSample = (sample: OwnSample) => unknown;
type Module = { metric?: unknown; perSample?: unknown; better?: unknown };

const isFunction = (value: unknown): value is (...given: unknown[]) => unknown => typeof value === 'function';

/** Runs one metric of the user, away from the service. The interval follows the value, since it takes longer. */
async function* answers({
  url,
  ...question
}: { url: string } & MetricQuestion): AsyncGenerator<MetricAnswer> {
  try {
    const module = (await import(url)) as Module;
    if (!('input' in question)) return yield pairsOf(module, question.labels);
    const { input, asksInterval } = question;
    const weighted = weightedMetric(module, input);
    if (!weighted) return yield { error: 'it exports no function `metric` or `perSample`' };
    const value = await weighted(new Float64Array(input.actual.length).fill(1));
    yield { value: isNumber(value) ? value : String(value) }; // others are only shown
    if (asksInterval && isNumber(value)) yield { value, interval: await intervalOf(weighted, input) };
  } catch (error) {
    yield { error: `it throws: ${error instanceof Error ? error.message : String(error)}` };
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** The metric of samples that count so many times each. */
type WeightedMetric = (weights: Float64Array) => unknown;

function weightedMetric({ metric, perSample }: Module, input: OwnMetricInput): WeightedMetric | undefined {
  if (isFunction(metric)) return (weights) => metric(repeated(input, weights));
  return isFunction(perSample) ? weightedMean(perSample, input) : undefined;
}

function repeated(input: OwnMetricInput, weights: Float64Array): OwnMetricInput {
  const rows = Array.from(weights, (weight, row) => Array<number>(weight).fill(row)).flat();
  return {
    labels: input.labels,
    actual: rows.map((row) => input.actual[row]!),
    predicted: rows.map((row) => input.predicted[row]!),
    probabilities: rows.map((row) => input.probabilities[row]!),
  };
}

/** The mean over all samples, or the first value that is no finite number. Each sample is asked about once. */
function weightedMean(
  perSample: PerSample,
  { labels, actual, predicted, probabilities }: OwnMetricInput,
): WeightedMetric {
  const values: number[] = [];
  for (const [at, target] of actual.entries()) {
    const sample = { labels, actual: target, predicted: predicted[at]!, probabilities: probabilities[at]! };
    const value = perSample(sample);
    if (!isNumber(value)) return () => value;
    values.push(value);
  }
  return (weights) => meanWith(weights)(values);
}

/** Resamples for which the metric throws or gives no finite number are as if a metric of ours were not defined for them. */
async function intervalOf(weighted: WeightedMetric, { actual }: OwnMetricInput) {
  const { lower, upper } = await bootstrapIntervals(async (weights): Promise<Record<string, number>> => {
    try {
      const value = await weighted(weights);
      return isNumber(value) ? { value } : {};
    } catch {
      return {};
    }
  }, actual.length);
  return lower.value === undefined || upper.value === undefined
    ? null
    : ([lower.value, upper.value] as const);
}

function pairsOf({ perSample, better }: Module, labels: readonly string[]): MetricAnswer {
  if (!isFunction(perSample))
    return {
      error:
        'it exports no function `perSample`, which gives the value of one answer, and an experiment needs that',
    };
  const values: PairValue[] = [];
  for (const actual of labels)
    for (const predicted of labels) {
      const value = perSample({
        ...{ labels, actual, predicted },
        get probabilities(): never {
          throw new Error(
            'it reads probabilities, which an experiment does not have: use actual and predicted',
          );
        },
      } satisfies OwnSample);
      if (typeof value !== 'number' || !Number.isFinite(value))
        return { error: `it gives ${String(value)} where ${predicted} is answered, and ${actual} is right` };
      values.push({ actual, predicted, value });
    }
  return { better: typeof better === 'string' ? better : undefined, values };
}

for await (const answer of answers(workerData)) parentPort?.postMessage(answer);
