import { InvalidInput } from '../errors.ts';
import { normalTail } from '../statistics/distributions.ts';
import type { Domain } from './domain.ts';
import { highestOf, isFixed, isLogarithmic, type Numeric, stepOf } from './domain.ts';
import type { Parameter, Space } from './space.ts';
import { type Completed, completedOf, type Direction, lossOf, type Trial } from './trial.ts';

/** The importance is that of being among this part of the trials. */
const TARGET = 0.1;
const GRID_STEPS = 50;
const PRIOR_WEIGHT = 1;
const FEWEST = 2;

export interface Importance {
  readonly name: string;
  /** of the sum over all parameters, from 0 to 1 */
  readonly share: number;
}

/**
 * How much each parameter decides whether a trial is among the best tenth, by PED-ANOVA (Watanabe, Bansal and Hutter
 * 2023, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces"): the Pearson divergence
 * of its density among those from its density among all. A parameter under a condition counts by the trials that have
 * it (Theorem 4.2 of "Conditional PED-ANOVA", 2026). Equal to Optuna 5.
 *
 * @returns the most important first; all the same when nothing distinguishes the trials
 * @throws InvalidInput `too-few` for fewer than two completed trials
 */
export function importances(
  space: Space,
  trials: readonly Trial[],
  direction: Direction,
): readonly Importance[] {
  const region = completedOf(trials);
  if (region.length < 2) {
    throw new InvalidInput(
      'too-few',
      `importance needs two completed trials, there ${region.length === 1 ? 'is one' : 'is none'}`,
    );
  }
  const target = bestTenth(region, direction);
  const raw = space
    .filter(({ name }) => region.some(({ values }) => values[name] !== undefined))
    .map((parameter) => ({ name: parameter.name, value: importanceOf(parameter, region, target) }));
  const total = raw.reduce((sum, { value }) => sum + value, 0);
  return raw
    .map(({ name, value }) => ({ name, share: total === 0 ? 1 / raw.length : value / total }))
    .sort((a, b) => b.share - a.share);
}

/** Those not worse than the last of them, so that equal ones are in together. */
function bestTenth(trials: readonly Completed[], direction: Direction): ReadonlySet<Completed> {
  const losses = trials.map(({ value }) => lossOf(direction, value)).sort((a, b) => a - b);
  const limit = losses[Math.ceil(TARGET * losses.length) - 1]!;
  return new Set(trials.filter(({ value }) => lossOf(direction, value) <= limit));
}

/** A parameter has one range where its condition holds, and none elsewhere. */
function importanceOf(
  { name, domain }: Parameter,
  region: readonly Completed[],
  target: ReadonlySet<Completed>,
): number {
  const having = region.filter(({ values }) => values[name] !== undefined);
  const best = having.filter((trial) => target.has(trial));
  if (having.length < FEWEST || best.length === 0 || isFixed(domain)) return 0;
  const quantile = target.size / region.length;
  const [targetShare, regionShare] = [best.length / target.size, having.length / region.length];
  const divergence = pearsonDivergence(countsOf(domain, name, best), countsOf(domain, name, having), domain);
  return (targetShare ** 2 / regionShare) * divergence * quantile ** 2;
}

function pearsonDivergence(top: readonly number[], all: readonly number[], domain: Domain): number {
  const density = domain.type === 'categorical' ? densityOfChoices : densityOfGrid;
  const [best, local] = [density(top), density(all)];
  return local.reduce((sum, q, at) => sum + q * (best[at]! / q - 1) ** 2, 0);
}

/** How many trials are at each point of a grid over the range, or have each choice. */
function countsOf(domain: Domain, name: string, trials: readonly Completed[]): number[] {
  const values = trials.map(({ values }) => values[name]!);
  if (domain.type === 'categorical') {
    return domain.choices.map((choice) => values.filter((value) => value === choice).length);
  }
  const steps = stepsOf(domain);
  const scale = isLogarithmic(domain) ? Math.log : Number;
  const [low, high] = [scale(domain.low), scale(highestOf(domain))];
  const width = (high - low) / (steps - 1);
  const counts = new Array<number>(steps).fill(0);
  for (const value of values) {
    const at = Math.ceil((scale(Number(value)) - low) / width - 0.5); // between two points: the lower one
    counts[Math.min(Math.max(at, 0), steps - 1)]! += 1;
  }
  return counts;
}

function stepsOf(domain: Numeric): number {
  if (domain.type === 'log_int') {
    return Math.min(Math.ceil(Math.log(domain.high - domain.low + 1) / Math.log(2)) + 1, GRID_STEPS);
  }
  const step = stepOf(domain);
  if (step === undefined) return GRID_STEPS;
  return Math.min(Math.round((highestOf(domain) - domain.low) / step) + 1, GRID_STEPS);
}

/** Each choice that was made is one kernel, weighted by how often it was. */
function densityOfChoices(counts: readonly number[]): number[] {
  const made = counts.flatMap((count, choice) => (count > 0 ? [choice] : []));
  const kernels = made.length + 1;
  const total = counts.reduce((sum, count) => sum + count, 0) + PRIOR_WEIGHT;
  const smooth = PRIOR_WEIGHT / kernels;
  const row = 1 + smooth * counts.length;
  return counts.map((_, choice) => {
    const own = made.reduce(
      (sum, each) => sum + (counts[each]! / total) * ((smooth + (each === choice ? 1 : 0)) / row),
      0,
    );
    return own + PRIOR_WEIGHT / total / counts.length + 1e-12;
  });
}

/** Kernels on the points that were visited, as wide as Scott (1992) says, and a prior as wide as the grid. */
function densityOfGrid(counts: readonly number[]): number[] {
  const last = counts.length - 1;
  const points = counts.flatMap((count, at) => (count > 0 ? [at] : []));
  const weights = points.map((at) => counts[at]!);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const deviation = Math.max(scottWidth(points, weights, total), 0.5 / 1.64);
  const kernels = [
    ...points.map((mean, at) => ({ mean, deviation, weight: weights[at]! / (total + PRIOR_WEIGHT) })),
    { mean: last / 2, deviation: last + 1, weight: PRIOR_WEIGHT / (total + PRIOR_WEIGHT) },
  ];
  const masses = kernels.map((kernel) => massOf(kernel, -0.5, last + 0.5));
  return counts.map((_, at) => {
    const density = kernels.reduce(
      (sum, kernel, k) => sum + (kernel.weight * massOf(kernel, at - 0.5, at + 0.5)) / masses[k]!,
      0,
    );
    return density + 1e-12;
  });
}

function scottWidth(points: readonly number[], weights: readonly number[], total: number): number {
  const mean = points.reduce((sum, at, k) => sum + at * weights[k]!, 0) / total;
  const squares = points.reduce((sum, at, k) => sum + (at - mean) ** 2 * weights[k]!, 0);
  const deviation = Math.sqrt(squares / Math.max(1, total - 1));
  let sum = 0;
  const cumulative = weights.map((weight) => (sum += weight));
  const first = cumulative.findIndex((each) => each >= Math.floor(total / 4));
  const third = cumulative.findIndex((each) => each > Math.floor((total * 3) / 4));
  const range = points[third < 0 ? points.length - 1 : third]! - points[first]!;
  return 1.059 * Math.min(range / 1.34, deviation) * total ** -0.2;
}

function massOf({ mean, deviation }: { mean: number; deviation: number }, from: number, to: number): number {
  const [a, b] = [(from - mean) / deviation, (to - mean) / deviation];
  return a > 0 ? normalTail(a) - normalTail(b) : normalTail(-b) - normalTail(-a);
}
