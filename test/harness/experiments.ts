import type { Random } from '../../ml/random.ts';
import { addPairSums, type PairSums, pairSumsOf, type Sums } from '../../ml/statistics/estimate.ts';
import type { ExperimentMetric } from '../../ml/statistics/experiment.ts';
import type { ExperimentArm } from '../../ml/statistics/experiment-rules.ts';
import { type LatencySketch, mergeSketches, sketchOf } from '../../ml/statistics/latency-sketch.ts';
import type { Proportion } from '../../ml/statistics/proportions.ts';

/** What one arm has after a day of an experiment, all days together. Users ask once to five times; each is seen on one day. */
export interface SimulatedArm {
  readonly users: number;
  /** right first answers */
  readonly right: Proportion;
  /** seconds until a user was done: skewed */
  readonly seconds: Sums;
  /** right answers by answers */
  readonly ratio: PairSums;
  /** a score of the user, and the same before the experiment: correlated by 0.7 */
  readonly score: PairSums;
  /** 3 × 3, actual by predicted */
  readonly confusion: readonly number[];
  readonly latency: LatencySketch;
}

const NOBODY: SimulatedArm = {
  users: 0,
  right: { successes: 0, trials: 0 },
  seconds: { count: 0, sum: 0, squares: 0 },
  ratio: pairSumsOf([]),
  score: pairSumsOf([]),
  confusion: new Array(9).fill(0),
  latency: { buckets: [], counts: [] },
};

/** Control and treatment after each day. The treatment's shares of right answers are higher by `effect`, its scores too. */
export function simulateExperiment(
  random: Random,
  { days = 14, users = 100, effect = 0 } = {},
): (readonly [control: SimulatedArm, treatment: SimulatedArm])[] {
  let [control, treatment] = [NOBODY, NOBODY];
  return Array.from({ length: days }, () => {
    control = together(control, oneDay(users, 0, random));
    treatment = together(treatment, oneDay(users, effect, random));
    return [control, treatment] as const;
  });
}

function oneDay(users: number, effect: number, random: Random): SimulatedArm {
  const [ratio, score, latencies]: [[number, number][], [number, number][], number[]] = [[], [], []];
  const confusion = new Array<number>(9).fill(0);
  let [right, seconds, squares] = [0, 0, 0];
  for (let user = 0; user < users; user++) {
    const skill = 0.6 + 0.4 * random() + effect; // 0.8 on average
    const asked = 1 + Math.floor(5 * random());
    let rightOfUser = 0;
    for (let at = 0; at < asked; at++) {
      const isRight = random() < skill;
      const actual = Math.floor(3 * random());
      if (isRight) rightOfUser++;
      if (at > 0) continue;
      if (isRight) right++;
      confusion[3 * actual + (isRight ? actual : (actual + 1 + Math.floor(2 * random())) % 3)]!++;
    }
    ratio.push([rightOfUser, asked]);
    const time = -10 * Math.log(1 - random());
    seconds += time;
    squares += time * time;
    const [before, noise] = [bell(random), bell(random)];
    score.push([0.7 * before + Math.sqrt(0.51) * noise + effect, before]);
    latencies.push(20 * Math.exp(0.5 * bell(random)));
  }
  return {
    users,
    right: { successes: right, trials: users },
    seconds: { count: users, sum: seconds, squares },
    ratio: pairSumsOf(ratio),
    score: pairSumsOf(score),
    confusion,
    latency: sketchOf(latencies),
  };
}

const together = (a: SimulatedArm, b: SimulatedArm): SimulatedArm => ({
  users: a.users + b.users,
  right: { successes: a.right.successes + b.right.successes, trials: a.right.trials + b.right.trials },
  seconds: {
    count: a.seconds.count + b.seconds.count,
    sum: a.seconds.sum + b.seconds.sum,
    squares: a.seconds.squares + b.seconds.squares,
  },
  ratio: addPairSums(a.ratio, b.ratio),
  score: addPairSums(a.score, b.score),
  confusion: a.confusion.map((count, at) => count + b.confusion[at]!),
  latency: mergeSketches([a.latency, b.latency]),
});

/** A number with mean 0 and variance 1, nearly normal. */
const bell = (random: Random): number =>
  Math.sqrt(2) * (random() + random() + random() + random() + random() + random() - 3);

export const armsOf = (arms: readonly SimulatedArm[]): ExperimentArm[] =>
  arms.map(({ users }, at) => ({ name: at === 0 ? 'control' : 'treatment', weight: 1, units: users }));

/** Metrics of every kind; the first is primary. */
export const metricsOf = (arms: readonly SimulatedArm[]): ExperimentMetric[] => [
  {
    name: 'accuracy',
    role: 'primary',
    better: 'higher',
    kind: 'proportion',
    arms: arms.map(({ right }) => right),
  },
  {
    name: 'seconds',
    role: 'guardrail',
    better: 'lower',
    kind: 'mean',
    arms: arms.map(({ seconds }) => seconds),
  },
  {
    name: 'right answers of all',
    role: 'secondary',
    better: 'higher',
    kind: 'ratio',
    arms: arms.map(({ ratio }) => ratio),
  },
  {
    name: 'score, adjusted',
    role: 'secondary',
    better: 'higher',
    kind: 'cuped',
    arms: arms.map(({ score }) => score),
  },
  {
    name: 'macro-F1',
    role: 'secondary',
    better: 'higher',
    kind: 'f1',
    arms: arms.map(({ confusion }) => confusion),
  },
  {
    name: 'p95 latency',
    role: 'guardrail',
    better: 'lower',
    kind: 'quantile',
    quantile: 0.95,
    arms: arms.map(({ latency }) => latency),
  },
  {
    name: 'latency',
    role: 'secondary',
    better: 'lower',
    kind: 'rank',
    arms: arms.map(({ latency }) => latency),
  },
];
