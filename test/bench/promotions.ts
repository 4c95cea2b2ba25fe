/**
 * How often the rules promote a candidate that is truly better, and one that is as good: node test/bench/promotions.ts
 *
 * A pair of models differs on a share of the samples; the candidate is right on more of them, by the gain. Simulated pairs are
 * judged by the default policy of the registrar (the margin), by the same with a significance, and by `epochlog compare`.
 */
import { verdictOn } from '../../cli/comparison/verdict.ts';
import { randomBinomial, seededRandom } from '../../ml/random.ts';
import { pairedDifference } from '../../ml/statistics/paired.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import { compare, isBetter } from '../../services/registrar/comparison.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

const PAIRS = 1_000;
const BASELINE = 0.85;
/** share of the samples on which the two differ */
const DIFFERING = 0.08;
const GAINS = [0, 0.005, 0.01, 0.02];
const SIZES = [1_000, 5_000, 20_000];

const { promotion } = DEFAULT_POLICY;
const strict = { ...promotion, significance: 0.05 };
const random = seededRandom(1);

/** An evaluation of a candidate whose accuracy is truly higher by `gain`. */
function evaluation(samples: number, gain: number): EvaluationCompleted {
  const differing = randomBinomial(samples, DIFFERING, random);
  const better = randomBinomial(differing, (DIFFERING + gain) / 2 / DIFFERING, random);
  const both = randomBinomial(
    samples - differing,
    (BASELINE - (DIFFERING - gain) / 2) / (1 - DIFFERING),
    random,
  );
  const losses = new Uint8Array(samples);
  const others = new Uint8Array(samples);
  losses.fill(1, better, differing);
  others.fill(1, 0, better);
  losses.fill(1, differing + both);
  others.fill(1, differing + both);
  return {
    ...{ evaluationId: 'e', model: 'm', version: 'v1.1.0', runId: null, package: 'p', modelHash: null },
    ...{ datasetId: 'd', data: null, samples, primaryMetric: 'accuracy', standardErrors: {}, perClass: [] },
    ...{ confusion: [], coverage: [], reference: [], seconds: 1, inTraining: null, trainingIncluded: false },
    ...{ lower: {}, upper: {}, report: null, suites: [], operational: {} },
    metrics: { accuracy: (both + better) / samples },
    baseline: {
      ...{ version: 'v1.0.0', package: 'q', operational: {} },
      metrics: { accuracy: (both + differing - better) / samples },
      paired: [{ metric: 'accuracy', ...pairedDifference(losses, others) }],
    },
  };
}

const percent = (count: number) => `${((100 * count) / PAIRS).toFixed(1)} %`;
console.log(
  '| samples | true gain | margin 0.2 points | and p < 0.05 | compare: PROMOTE | REJECT | INCONCLUSIVE |',
);
console.log('|---|---|---|---|---|---|---|');
for (const samples of SIZES) {
  for (const gain of GAINS) {
    const counts = { margin: 0, significant: 0, PROMOTE: 0, REJECT: 0, INCONCLUSIVE: 0 };
    for (let pair = 0; pair < PAIRS; pair++) {
      const measured = evaluation(samples, gain);
      const comparison = compare(measured, measured.baseline!, 'accuracy', promotion)!;
      counts.margin += Number(isBetter(comparison, promotion));
      counts.significant += Number(isBetter(comparison, strict));
      counts[verdictOn(measured, promotion, []).outcome] += 1;
    }
    const { margin, significant, PROMOTE, REJECT, INCONCLUSIVE } = counts;
    const shares = [margin, significant, PROMOTE, REJECT, INCONCLUSIVE].map(percent);
    console.log(`| ${samples} | ${(100 * gain).toFixed(1)} points | ${shares.join(' | ')} |`);
  }
}
