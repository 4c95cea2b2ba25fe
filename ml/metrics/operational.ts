import { METRICS } from './catalogue.ts';

/** What an evaluation measures of a package besides its metrics: of all of them less is better. */
export const OPERATIONAL: Readonly<Record<string, { readonly unit: string; readonly description: string }>> =
  {
    sizeMb: { unit: 'MB', description: 'all files of the package, in 1024 * 1024 bytes' },
    memoryMb: { unit: 'MB', description: 'memory of the process that runs the model, warm' },
    p95Ms: {
      unit: 'ms',
      description: '95th percentile of single predictions, warm, on the machine of the evaluator',
    },
    driftKl: {
      unit: 'nats',
      description: 'Kullback-Leibler divergence of its answers from those of the version in production',
    },
  };

/** Of the examinations of an evaluation, what is better when it is less. */
const LOWER_IS_BETTER = ['demographicParity', 'equalOpportunity', 'flipRate5'];

/** A metric of the user, of which no catalogue says what it is. */
export const isOwnMetric = (name: string): boolean => /^custom\.[A-Za-z][\w-]{0,62}$/.test(name);

/** What a gate may bound. */
export interface Measure {
  /** fraction, nats, target, MB, ms; empty where it is not known */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

/**
 * A metric of the catalogue, or what a package costs. A name with parts, such as `recency.accuracy`, is a metric on a part of
 * the samples: its last part says what it is, as far as the catalogue knows it.
 */
export function measureNamed(name: string): Measure {
  const last = name.split('.').at(-1)!;
  const operational = Object.hasOwn(OPERATIONAL, name) ? OPERATIONAL[name] : undefined;
  if (operational) return { unit: operational.unit, better: 'lower' };
  if (isOwnMetric(name)) return { unit: '', better: 'higher' };
  if (LOWER_IS_BETTER.includes(last)) return { unit: 'fraction', better: 'lower' };
  const metric = Object.hasOwn(METRICS, last) ? METRICS[last] : undefined;
  return metric ?? { unit: '', better: 'higher' };
}

/** Whether a gate may name it. What stands on parts is only known when it is measured. */
export const isMeasure = (name: string): boolean =>
  Object.hasOwn(METRICS, name) || Object.hasOwn(OPERATIONAL, name) || /^[\w-]+(\.[\w -]+)+$/.test(name);
