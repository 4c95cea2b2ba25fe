/**
 * How often the analysis of experiments is wrong, by simulation: node test/bench/experiments.ts [--experiments N]
 *
 * Each experiment has 14 days of 100 users in each arm (test/harness/experiments.ts). A/A: the arms are equal, so that each
 * significant result is false. A/B: the treatment's share of right answers and its scores are higher by 0.05, of which the
 * intervals must hold the true difference as often as they say. A table goes to stderr, JSON to stdout.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../../ml/random.ts';
import { analyseExperiment, type ExperimentAnalysis } from '../../ml/statistics/experiment.ts';
import type { Comparison } from '../../ml/statistics/experiment-comparison.ts';
import { EXPERIMENT_RULES, type ExperimentRules } from '../../ml/statistics/experiment-rules.ts';
import { armsOf, metricsOf, type SimulatedArm, simulateExperiment } from '../harness/experiments.ts';

const { values } = parseArgs({ options: { experiments: { type: 'string', default: '2000' } } });
const experiments = Number(values.experiments);

const RULES: ExperimentRules = { ...EXPERIMENT_RULES, resamples: 200, isSequential: false };
const EFFECT = 0.05;
/** Shares of right answers are at most 1, which some users' would pass. */
const TRUE_DIFFERENCES = new Map([
  ['accuracy', EFFECT - EFFECT ** 2 / 0.8],
  ['right answers of all', EFFECT - EFFECT ** 2 / 0.8],
  ['score, adjusted', EFFECT],
]);
/** Those of the bootstrap take as long as all others together: only some experiments have them, on the last day. */
const WITH_BOOTSTRAP = experiments / 4;

const analysed = (arms: readonly SimulatedArm[], hasBootstrap: boolean): ExperimentAnalysis =>
  analyseExperiment(
    armsOf(arms),
    metricsOf(arms).filter(({ kind }) => hasBootstrap || (kind !== 'f1' && kind !== 'quantile')),
    RULES,
  );

/** Runs so many experiments, and hands each metric's comparisons of all days over. */
function simulate(effect: number, see: (metric: string, days: readonly Comparison[]) => void): void {
  const random = seededRandom(2026);
  for (let experiment = 0; experiment < experiments; experiment++) {
    const all = simulateExperiment(random, { effect }).flatMap(
      (arms, day) => analysed(arms, day === 13 && experiment < WITH_BOOTSTRAP).comparisons,
    );
    const measured = all.filter((one): one is Comparison => one.isMeasured);
    for (const [metric, days] of Map.groupBy(measured, ({ metric }) => metric)) see(metric, days);
  }
}

type Tally = Record<string, number>;
const tallies = (): { of: (metric: string) => Tally; shares: () => Record<string, Tally> } => {
  const byMetric = new Map<string, Tally>();
  return {
    of(metric) {
      const tally = byMetric.get(metric) ?? {};
      byMetric.set(metric, tally);
      return tally;
    },
    shares: () =>
      Object.fromEntries(
        [...byMetric].map(([metric, tally]) => [
          metric,
          Object.fromEntries(
            Object.entries(tally).flatMap(([what, sum]) =>
              what === 'experiments' ? [] : [[what, sum / tally.experiments!]],
            ),
          ),
        ]),
      ),
  };
};
const add = (tally: Tally, what: string, amount: boolean | number) => {
  tally[what] = (tally[what] ?? 0) + Number(amount);
};
const holds = ([low, high]: readonly [number, number], value: number) => low <= value && value <= high;

const equal = tallies();
simulate(0, (metric, days) => {
  const tally = equal.of(metric);
  add(tally, 'experiments', 1);
  const last = days.at(-1)!;
  add(tally, 'false, one look', last.pValue < 0.05);
  if (days.length > 1) {
    add(
      tally,
      'false, peeking daily at one-look p',
      days.some(({ pValue }) => pValue < 0.05),
    );
    add(
      tally,
      'false, peeking daily at sequential p',
      days.some(({ sequential }) => sequential.pValue < 0.05),
    );
  }
  add(tally, 'win probability above 0.95', last.belief.winProbability > 0.95);
  if (metric === 'accuracy') add(tally, "the control's interval holds", holds(last.control.interval, 0.8));
  if (last.varianceReduction !== undefined) add(tally, 'variance reduction', last.varianceReduction);
});

const different = tallies();
simulate(EFFECT, (metric, days) => {
  const [tally, truth, last] = [different.of(metric), TRUE_DIFFERENCES.get(metric), days.at(-1)!];
  add(tally, 'experiments', 1);
  add(tally, 'found, one look', last.pValue < 0.05);
  if (days.length > 1)
    add(
      tally,
      'found, sequential',
      days.some(({ sequential }) => sequential.pValue < 0.05),
    );
  if (truth === undefined) return;
  add(tally, 'interval holds, one look', holds(last.interval, truth));
  add(
    tally,
    'interval holds, every day',
    days.every(({ sequential }) => holds(sequential.interval, truth)),
  );
});

const promoted = { 'A/A': 0, 'A/B': 0 };
const random = seededRandom(2027);
for (const [kind, effect] of [
  ['A/A', 0],
  ['A/B', EFFECT],
] as const) {
  for (let experiment = 0; experiment < WITH_BOOTSTRAP; experiment++) {
    const days = simulateExperiment(random, { effect });
    const verdicts = days.map((arms) => {
      const [primary] = metricsOf(arms);
      return analyseExperiment(armsOf(arms), [primary!], EXPERIMENT_RULES).verdict;
    });
    if (verdicts.includes('PROMOTE')) promoted[kind] += 1 / WITH_BOOTSTRAP;
  }
}

const figures = {
  experiments,
  'A/A': equal.shares(),
  'A/B': different.shares(),
  'promoted, looked at daily': promoted,
};
for (const [kind, byMetric] of Object.entries({ 'A/A': figures['A/A'], 'A/B': figures['A/B'] })) {
  for (const [metric, tally] of Object.entries(byMetric)) {
    const shown = Object.entries(tally).map(([what, value]) => `${what} ${value.toFixed(3)}`);
    console.error(`${kind} | ${metric} | ${shown.join(' | ')}`);
  }
}
console.log(JSON.stringify(figures, null, 2));
