import type { Random } from '../random.ts';
import { normalQuantile, normalTail } from '../statistics/distributions.ts';
import type { Domain, Value } from './domain.ts';
import { isLogarithmic, type Numeric, nearestValue, searchedRange, stepOf } from './domain.ts';
import type { Values } from './space.ts';

/** A kernel of one parameter: a normal distribution cut off at the ends of the range, or a weight for each choice. */
type Kernel = { readonly mean: number; readonly deviation: number } | { readonly shares: Float64Array };

/** One parameter in all kernels of a mixture. */
interface Factor {
  readonly name: string;
  readonly domain: Domain;
  readonly kernels: readonly Kernel[];
  /** of each kernel: the logarithm of its mass within the range */
  readonly logMass: Float64Array;
}

/**
 * A density of parameters that were observed together: a mixture with one kernel for each observation and one for the
 * prior, each the product of a kernel for each parameter (the multivariate Parzen estimator of Falkner, Klein and Hutter
 * 2018, "BOHB"). Weights and widths of kernels are those of Optuna 5, see Watanabe 2023, "Tree-structured Parzen
 * estimator: understanding its algorithm components".
 */
export class ParzenEstimator {
  readonly #factors: readonly Factor[];
  /** of the kernels; they sum to 1 */
  readonly #weights: Float64Array;

  /** @param observed in the order of their trials; the last 25 count in full, earlier ones less and less */
  constructor(parameters: readonly { name: string; domain: Domain }[], observed: readonly Values[]) {
    this.#weights = weightsOf(observed.length);
    this.#factors = parameters.map(({ name, domain }) => {
      const values = observed.map((values) => values[name]!);
      const kernels =
        domain.type === 'categorical' ? categorical(domain.choices, values) : numeric(domain, values);
      return { name, domain, kernels, logMass: massOf(domain, kernels) };
    });
  }

  sample(random: Random): Values {
    const kernel = drawn(this.#weights, random);
    return Object.fromEntries(
      this.#factors.map(({ name, domain, kernels }) => [name, draw(domain, kernels[kernel]!, random)]),
    );
  }

  logDensity(values: Values): number {
    const logs = this.#weights.map(Math.log);
    for (const { name, domain, kernels, logMass } of this.#factors) {
      const density = densityAt(domain, values[name]!);
      for (const [at, kernel] of kernels.entries()) logs[at]! += density(kernel) - logMass[at]!;
    }
    const peak = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return peak + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - peak), 0));
  }
}

const NEWEST = 25;

/** Of observations and, last, the prior. */
function weightsOf(observations: number): Float64Array {
  const weights = new Float64Array(observations + 1).fill(1);
  const old = observations - NEWEST;
  for (let at = 0; at < old; at++) {
    const first = 1 / observations;
    weights[at] = old === 1 ? first : first + ((1 - first) * at) / (old - 1);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function categorical(choices: readonly Value[], values: readonly Value[]): Kernel[] {
  const prior = 1 / (values.length + 1);
  const kernel = (chosen: number | undefined): Kernel => {
    const shares = new Float64Array(choices.length).fill(values.length === 0 ? 1 : prior);
    if (chosen !== undefined) shares[chosen]! += 1;
    const total = shares.reduce((sum, share) => sum + share, 0);
    return { shares: shares.map((share) => share / total) };
  };
  return [...values.map((value) => kernel(choices.indexOf(value))), kernel(undefined)];
}

/** Each kernel is as wide as the way to the farther of its neighbours, within limits; the prior as the whole range. */
function numeric(domain: Numeric, values: readonly Value[]): Kernel[] {
  const [low, high] = searchedRange(domain);
  const scale = isLogarithmic(domain) ? Math.log : Number;
  const means = values.map((value) => scale(Number(value)));
  const order = means.map((_, at) => at).sort((a, b) => means[a]! - means[b]!);
  const widest = high - low;
  const narrowest = widest / Math.min(100, means.length + 2);
  const kernels: Kernel[] = [];
  for (const [rank, at] of order.entries()) {
    const mean = means[at]!;
    const before = rank > 0 ? means[order[rank - 1]!]! : low;
    const after = rank < order.length - 1 ? means[order[rank + 1]!]! : high;
    let deviation = Math.max(mean - before, after - mean);
    if (order.length >= 2 && rank === 0) deviation = after - mean;
    if (order.length >= 2 && rank === order.length - 1) deviation = mean - before;
    kernels[at] = { mean, deviation: Math.min(Math.max(deviation, narrowest), widest) };
  }
  return [...kernels, { mean: (low + high) / 2, deviation: widest }];
}

function massOf(domain: Domain, kernels: readonly Kernel[]): Float64Array {
  if (domain.type === 'categorical') return new Float64Array(kernels.length);
  const range = searchedRange(domain);
  return Float64Array.from(kernels, (kernel) => logMassBetween(kernel, ...range));
}

/** The logarithm of the probability that a kernel gives to a range; −∞ far out in its tails. */
function logMassBetween(kernel: Kernel, from: number, to: number): number {
  if ('shares' in kernel) return 0;
  const [a, b] = [(from - kernel.mean) / kernel.deviation, (to - kernel.mean) / kernel.deviation];
  return Math.log(a > 0 ? normalTail(a) - normalTail(b) : normalTail(-b) - normalTail(-a));
}

/** The logarithm of the density that a kernel gives to a value, before it is cut off at the ends of the range. */
function densityAt(domain: Domain, value: Value): (kernel: Kernel) => number {
  if (domain.type === 'categorical') {
    const choice = domain.choices.indexOf(value);
    return (kernel) => ('shares' in kernel ? Math.log(kernel.shares[choice]!) : 0);
  }
  const number = Number(value);
  const step = stepOf(domain);
  const scale = isLogarithmic(domain) ? Math.log : Number;
  if (step !== undefined) {
    const [from, to] = [scale(number - step / 2), scale(number + step / 2)];
    return (kernel) => logMassBetween(kernel, from, to);
  }
  const at = scale(number);
  return (kernel) => {
    if ('shares' in kernel) return 0;
    const z = (at - kernel.mean) / kernel.deviation;
    return -0.5 * z * z - Math.log(kernel.deviation * Math.sqrt(2 * Math.PI));
  };
}

function draw(domain: Domain, kernel: Kernel, random: Random): Value {
  if (domain.type === 'categorical') {
    return domain.choices['shares' in kernel ? drawn(kernel.shares, random) : 0]!;
  }
  if (!('mean' in kernel)) throw new TypeError('a number needs a normal kernel');
  const { mean, deviation } = kernel;
  const [low, high] = searchedRange(domain);
  const above = normalTail((low - mean) / deviation);
  const tail = above + random() * (normalTail((high - mean) / deviation) - above);
  const number = mean + deviation * normalQuantile(Math.min(Math.max(tail, 1e-300), 1 - 1e-16));
  return nearestValue(domain, isLogarithmic(domain) ? Math.exp(number) : number);
}

/** An index, each with the probability of its share. */
function drawn(shares: Float64Array, random: Random): number {
  let rest = random();
  for (const [at, share] of shares.entries()) {
    if (rest < share) return at;
    rest -= share;
  }
  return shares.length - 1;
}
