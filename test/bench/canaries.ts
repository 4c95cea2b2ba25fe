/** What the statistics of rollouts do, by simulation: node test/bench/canaries.ts [--rollouts N] */
import { parseArgs } from 'node:util';
import { seededRandom } from '../../ml/random.ts';
import { CANARY_LIMITS } from '../../ml/statistics/canary-limits.ts';
import {
  type Behaviour,
  PRODUCTION,
  type Rollout,
  type RolloutOptions,
  simulateRollout,
} from '../harness/canary-rollouts.ts';

const { values } = parseArgs({ options: { rollouts: { type: 'string', default: '1000' } } });

const SKEWED = [0.1, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.03, 0.11, 0.11];
const outcomes = { limits: { ...CANARY_LIMITS, minimumOutcomes: 200 } };

/** Production: 1 % errors, 20 ms (p95 54 ms), ten labels, 0.8 confidence, 0.8 accuracy; 30 % of outcomes come. */
const CANARIES: Readonly<Record<string, [Partial<Behaviour>, RolloutOptions?]>> = {
  equal: [{}],
  'equal, and 200 outcomes needed': [{}, outcomes],
  better: [{ accuracy: 0.85, latency: 15, errorRate: 0.005 }],
  'errors × 2': [{ errorRate: 0.02 }],
  'errors × 3': [{ errorRate: 0.03 }],
  'errors × 5': [{ errorRate: 0.05 }],
  'latency × 1.3': [{ latency: 26 }],
  'latency × 1.5': [{ latency: 30 }],
  'accuracy − 10 points': [{ accuracy: 0.7 }],
  'accuracy − 10 points, and 200 outcomes needed': [{ accuracy: 0.7 }, outcomes],
  'a fifth of labels others': [{ labels: SKEWED }],
  'confidence − 0.15': [{ confidence: 0.65 }],
};

console.error(
  'canary (stages 5, 10, 25, 50 %, at least 10 looks of 500 requests each) | rolled back | promoted | still held | requests until rolled back, median and p95 | those of the canary | looks of a promoted one, median and p95 | ms a rollout',
);
const rollouts = Object.entries(CANARIES).map(([canary, [changes, options]]) => {
  const random = seededRandom(7);
  const started = performance.now();
  const all = Array.from({ length: Number(values.rollouts) }, () =>
    simulateRollout({ ...PRODUCTION, ...changes }, random, options),
  );
  const of = (verdict: Rollout['verdict']) => all.filter((rollout) => rollout.verdict === verdict);
  const [failed, passed] = [of('fail'), of('pass')];
  const figures = {
    canary,
    rolledBack: failed.length / all.length,
    promoted: passed.length / all.length,
    held: of('hold').length / all.length,
    requests: spread(failed.map(({ requests }) => requests)),
    canaryRequests: spread(failed.map(({ canaryRequests }) => canaryRequests)),
    looks: spread(passed.map(({ looks }) => looks)),
    milliseconds: Math.round((performance.now() - started) / all.length),
  };
  console.error(Object.values(figures).join(' | '));
  return figures;
});
console.log(JSON.stringify({ rollouts }, null, 2));

/** Median and 95th percentile. */
function spread(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? '-';
  return `${at(0.5)}, ${at(0.95)}`;
}
