/**
 * How often the rules promote a candidate that is truly better, and one that is as good: node test/bench/promotions.ts
 *
 * Two models see each sample through the same difficulty and noise of their own: both are normal on the logit of the right
 * class, which gives probabilities, hence log losses, and right answers. The candidate is right more often, by the gain, as its
 * mean logit is higher. A tenth of the samples is recent. Simulated pairs are judged by the default policy of the registrar
 * (paired losses), by a margin alone, by the same with a significance, and by `epochlog compare`.
 */

import { seededRandom } from '../../ml/random.ts';
import { normalQuantile } from '../../ml/statistics/distributions.ts';
import { pairedDifference } from '../../ml/statistics/paired.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import { verdictOn } from '../../services/api/comparison/verdict.ts';
import { compare, isBetter } from '../../services/registrar/comparison.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

const PAIRS = 2_000;
const BASELINE = 0.85;
const GAINS = [0, 0.005, 0.01, 0.02];
const SIZES = [1_000, 5_000];
const RECENT = 0.1;
/** standard deviation of the logits, and the share of their variance that is the sample's: models then differ on 8 % */
const SPREAD = 2.5;
const SHARED = 0.93;

const { promotion } = DEFAULT_POLICY;
const byMargin = { ...promotion, standardErrors: null, margin: 0.002 };
const strict = { ...byMargin, significance: 0.05 };
const random = seededRandom(1);
let [differing, seen] = [0, 0];

/** A standard normal number (Box and Muller 1958). */
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** The logit above which so many of a standard normal are: of the share of right answers. */
const meanLogit = (accuracy: number) => SPREAD * normalQuantile(1 - accuracy);

/** An evaluation of a candidate whose accuracy is truly higher by `gain`. */
function evaluation(samples: number, gain: number): EvaluationCompleted {
  const [own, other] = [0, 1].map(() => ({
    accuracy: new Float64Array(samples),
    logLoss: new Float64Array(samples),
  })) as [Losses, Losses];
  for (let at = 0; at < samples; at++) {
    const difficulty = SPREAD * Math.sqrt(SHARED) * normal();
    for (const [losses, accuracy] of [
      [own, BASELINE + gain],
      [other, BASELINE],
    ] as const) {
      const logit = meanLogit(accuracy) + difficulty + SPREAD * Math.sqrt(1 - SHARED) * normal();
      losses.accuracy[at] = logit > 0 ? 0 : 1;
      losses.logLoss[at] = Math.log1p(Math.exp(-logit));
    }
    differing += Number(own.accuracy[at] !== other.accuracy[at]);
  }
  seen += samples;
  const recent = Math.round(RECENT * samples);
  const paired = (from: number) =>
    (['accuracy', 'logLoss'] as const).map((metric) => ({
      metric,
      ...pairedDifference(own[metric].subarray(from), other[metric].subarray(from)),
    }));
  const mean = (values: Float64Array) => values.reduce((sum, loss) => sum + loss, 0) / samples;
  const metrics = ({ accuracy, logLoss }: Losses) => ({
    accuracy: 1 - mean(accuracy),
    logLoss: mean(logLoss),
  });
  return {
    ...{ evaluationId: 'e', model: 'm', version: 'v1.1.0', runId: null, package: 'p', modelHash: null },
    ...{ datasetId: 'd', data: null, samples, primaryMetric: 'accuracy', standardErrors: {}, perClass: [] },
    ...{
      confusion: [],
      coverage: [],
      reference: [],
      seconds: 1,
      inTraining: null,
      trainingIncluded: false,
      unknownTarget: 0,
      unreadable: 0,
      firstFault: null,
    },
    ...{ lower: {}, upper: {}, report: null, suites: [], operational: {} },
    metrics: metrics(own),
    baseline: {
      ...{ version: 'v1.0.0', package: 'q', operational: {}, metrics: metrics(other) },
      ...{ paired: paired(0), pairedRecent: paired(samples - recent) },
    },
  };
}

interface Losses {
  readonly accuracy: Float64Array;
  readonly logLoss: Float64Array;
}

const percent = (count: number) => `${((100 * count) / PAIRS).toFixed(1)} %`;
console.log(
  '| samples | true gain | default | margin 0.2 points alone | and p < 0.05 | compare: PROMOTE | REJECT | INCONCLUSIVE |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const samples of SIZES) {
  for (const gain of GAINS) {
    const counts = { default: 0, margin: 0, significant: 0, PROMOTE: 0, REJECT: 0, INCONCLUSIVE: 0 };
    for (let pair = 0; pair < PAIRS; pair++) {
      const measured = evaluation(samples, gain);
      const judged = (policy: typeof promotion) =>
        Number(isBetter(compare(measured, measured.baseline!, 'accuracy', policy)!, policy));
      counts.default += judged(promotion);
      counts.margin += judged(byMargin);
      counts.significant += judged(strict);
      counts[verdictOn(measured, promotion, []).outcome] += 1;
    }
    const shares = Object.values(counts).map(percent);
    console.log(`| ${samples} | ${(100 * gain).toFixed(1)} points | ${shares.join(' | ')} |`);
  }
}
console.log(`the models differ on ${((100 * differing) / seen).toFixed(1)} % of the samples`);
