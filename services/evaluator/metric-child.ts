import { parentPort, workerData } from 'node:worker_threads';
import type { MetricAnswer, OwnMetricInput } from './own-metrics.ts';

/** Runs one metric of the user, away from the service. */
async function answer({ url, input }: { url: string; input: OwnMetricInput }): Promise<MetricAnswer> {
  try {
    const { metric } = (await import(url)) as { metric?: unknown };
    if (typeof metric !== 'function') return { error: 'it exports no function `metric`' };
    const value: unknown = await metric(input);
    return { value: typeof value === 'number' ? value : String(value) };
  } catch (error) {
    return { error: `it throws: ${error instanceof Error ? error.message : String(error)}` };
  }
}

parentPort?.postMessage(await answer(workerData));
