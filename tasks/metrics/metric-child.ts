import { parentPort, workerData } from 'node:worker_threads';
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

/** Runs one metric of the user, away from the service. */
async function answer({ url, ...question }: { url: string } & MetricQuestion): Promise<MetricAnswer> {
  try {
    const module = (await import(url)) as Module;
    return 'input' in question ? await metricOf(module, question.input) : pairsOf(module, question.labels);
  } catch (error) {
    return { error: `it throws: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function metricOf({ metric, perSample }: Module, input: OwnMetricInput): Promise<MetricAnswer> {
  if (isFunction(metric)) return { value: posted(await metric(input)) };
  if (isFunction(perSample)) return { value: posted(meanOf(perSample, input)) };
  return { error: 'it exports no function `metric` or `perSample`' };
}

/** Others than numbers are only shown. */
const posted = (value: unknown): unknown => (typeof value === 'number' ? value : String(value));

/** The mean over all samples, or the first value that is no finite number. */
function meanOf(perSample: PerSample, { labels, actual, predicted, probabilities }: OwnMetricInput): unknown {
  let sum = 0;
  for (const [at, target] of actual.entries()) {
    const sample = { labels, actual: target, predicted: predicted[at]!, probabilities: probabilities[at]! };
    const value = perSample(sample);
    if (typeof value !== 'number' || !Number.isFinite(value)) return value;
    sum += value;
  }
  return sum / actual.length;
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

parentPort?.postMessage(await answer(workerData));
