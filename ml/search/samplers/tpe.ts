import { isFixed, valueFrom } from '../domain.ts';
import { ParzenEstimator } from '../parzen.ts';
import { isActive, type Parameter, type Space, type Values } from '../space.ts';
import { type Direction, lossOf, type Trial } from '../trial.ts';
import { randomOf, randomValues } from './random.ts';
import type { Sampler } from './sampler.ts';

/** Candidates of which the most promising one is tried. */
const CANDIDATES = 24;

/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011): one density of the best tenth of the
 * trials, one of the others, and of some candidates drawn from the first the one where the ratio is largest. Parameters
 * that have a value in the same trials are drawn together, those under a condition once it is known to hold. Trials that
 * still run count among the others, so that parallel ones keep away from each other (constant liar).
 */
export const tpeSampler: Sampler = (plan, trials, number) => {
  const { space, direction, seed, startupTrials } = plan;
  const random = randomOf(seed, number);
  const known = trials.filter(({ state }) => state !== 'failed');
  const ended = known.filter(({ state }) => state !== 'running');
  if (ended.length < startupTrials) return randomValues(space, random);
  const { best, others } = divide(known, direction, Math.min(Math.ceil(0.1 * ended.length), 25));
  let values: Values = {};
  for (const group of groupsOf(space)) {
    if (!isActive(group[0]!, values)) continue;
    const fixed = group.filter(({ domain }) => isFixed(domain));
    for (const { name, domain } of fixed) values = { ...values, [name]: valueFrom(domain, 0) };
    const free = group.filter(({ domain }) => !isFixed(domain));
    if (free.length === 0) continue;
    const [good, bad] = [best, others].map((some) => new ParzenEstimator(free, observed(free, some)));
    const candidates = Array.from({ length: CANDIDATES }, () => good!.sample(random));
    const promise = candidates.map((candidate) => good!.logDensity(candidate) - bad!.logDensity(candidate));
    const chosen = promise.reduce((top, each, at) => (each > promise[top]! ? at : top), 0);
    values = { ...values, ...candidates[chosen] };
  }
  return values;
};

/** Those that have a value in the same trials; each after the groups that its condition is about. */
const groupsOf = (space: Space): readonly (readonly Parameter[])[] => [
  ...Map.groupBy(space, ({ group }) => group).values(),
];

const observed = (parameters: readonly Parameter[], trials: readonly Trial[]): Values[] =>
  trials
    .map(({ values }) => values)
    .filter((values) => parameters.every(({ name }) => values[name] !== undefined));

/** The best so many trials and the others, each in the order of their numbers. */
function divide(trials: readonly Trial[], direction: Direction, count: number) {
  const completed = trials
    .filter(({ state }) => state === 'completed')
    .toSorted((a, b) => valueToRank(a, direction) - valueToRank(b, direction));
  const pruned = trials.filter(({ state }) => state === 'pruned').toSorted(byPromise(direction));
  const best = new Set([...completed, ...pruned].slice(0, count));
  const inOrder = trials.toSorted((a, b) => a.number - b.number);
  return {
    best: inOrder.filter((trial) => best.has(trial)),
    others: inOrder.filter((trial) => !best.has(trial)),
  };
}

function valueToRank({ value = Number.NaN }: Trial, direction: Direction): number {
  const loss = lossOf(direction, value);
  return Number.isNaN(loss)
    ? Number.MAX_VALUE
    : Math.min(Math.max(loss, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** A pruned trial is the better the longer it went on; of those that went on as long, the better its last report. */
const byPromise = (direction: Direction) => (a: Trial, b: Trial) => {
  const [last, other] = [a.reports.at(-1), b.reports.at(-1)];
  const longer = (other?.step ?? -1) - (last?.step ?? -1);
  if (longer !== 0 || !last || !other) return longer;
  return lossOf(direction, last.value) - lossOf(direction, other.value);
};
