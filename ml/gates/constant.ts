import { measure, percent } from '../metrics/format.ts';
import type { GateCheck } from './check.ts';
import type { Evidence } from './evidence.ts';

/**
 * Whether a version is better than one constant answer. A classifier is when it is right more often than the largest class,
 * or gives better probabilities than the shares of the classes: where one class is most of the samples, it may be useful and
 * hardly ever answer another. Undefined where neither can be told.
 */
export function constantCheck({ values, shares }: Evidence): GateCheck | undefined {
  const { accuracy, subsetAccuracy, logLoss = Number.POSITIVE_INFINITY, r2 } = values;
  const check = (metric: string, value: number, threshold: number, passed: boolean, reason: string) => ({
    ...{ metric, rule: 'constant', value, comparison: '>', threshold, baseline: null, unit: 'fraction' },
    ...{ level: 'critical', passed, reason },
  });
  if (accuracy !== undefined) {
    const largest = Math.max(0, ...shares);
    const entropy = -shares.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
    const passed = accuracy > largest || logLoss < entropy;
    const shown = `${percent(accuracy, 2)} does not exceed ${percent(largest, 2)}`;
    const loss = `${measure('logLoss', logLoss, 2)} below ${measure('logLoss', entropy, 2)}`;
    const reason = passed
      ? `accuracy of ${percent(accuracy, 2)}, or its log loss, is better than one constant answer`
      : `its accuracy of ${shown}, nor is its log loss of ${loss}: to answer with the largest class would be as good`;
    return check('accuracy', accuracy, largest, passed, reason);
  }
  if (subsetAccuracy !== undefined) {
    const entropy = shares.reduce((sum, share) => sum + entropyOf(share), 0) / Math.max(1, shares.length);
    const shown = `${measure('logLoss', logLoss, 2)} ${logLoss < entropy ? 'is' : 'is not'} below ${measure('logLoss', entropy, 2)}`;
    const reason = `its log loss of ${shown}, that of the shares of the labels`;
    return check('logLoss', logLoss, entropy, logLoss < entropy, reason);
  }
  if (r2 === undefined) return undefined;
  const reason =
    r2 > 0
      ? `r2 of ${percent(r2, 2)} is better than one constant answer`
      : `its r2 of ${percent(r2, 2)} does not exceed 0: to answer with the mean would be as good`;
  return check('r2', r2, 0, r2 > 0, reason);
}

/** Of one label that a share of the samples has, in nats. */
const entropyOf = (share: number): number =>
  [share, 1 - share].reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
