import { METRICS, metricNamed } from './catalogue.ts';

/** A fraction in per cent. */
export const percent = (fraction: number | null, decimals = 1): string =>
  fraction === null ? '-' : `${(fraction * 100).toFixed(decimals)} %`;

/** Of a metric on a part of the samples, such as `recency.accuracy`, what the metric is. */
const unitOf = (metric: string) => METRICS[metric.split('.').at(-1)!]?.unit;

/** The value of a metric, as people write it: a fraction in per cent, any other number in as many digits. */
export const measure = (metric: string, value: number, decimals = 1): string =>
  unitOf(metric) === 'fraction' ? percent(value, decimals) : significant(value, decimals + 3);

/** The metrics that a line has room for. */
const HEADLINES = [
  'accuracy',
  'microF1',
  'macroF1',
  'subsetAccuracy',
  'rocAuc',
  'logLoss',
  'calibrationError',
  'rmse',
  'mae',
  'r2',
];

/** The metrics that are told on a line: all of a few, else those that say most. */
export function headlines(metrics: Readonly<Record<string, number>>): [name: string, value: number][] {
  if (Object.keys(metrics).length <= HEADLINES.length) return Object.entries(metrics);
  const told = HEADLINES.flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [[name, value] satisfies [string, number]];
  });
  return told.length > 0 ? told : Object.entries(metrics);
}

/** A difference of two values of a metric, signed: of fractions in percentage points. */
export const difference = (metric: string, value: number, decimals = 1): string =>
  unitOf(metric) === 'fraction'
    ? `${signed((value * 100).toFixed(decimals))} points`
    : signed(significant(value, 3));

/** An interval of such differences. */
export function interval(metric: string, [from, to]: readonly [number, number]): string {
  const text = (value: number) => difference(metric, value).replace(' points', '');
  return `${text(from)} to ${text(to)}`;
}

/** A p-value, in two digits: 0.21, 1.9e-3. */
export const probability = (value: number): string =>
  value < 0.01 && value > 0 ? value.toExponential(1) : value.toPrecision(2);

/** The margin by which a policy wants a metric to be better: a difference, or a fraction of the error. */
export const marginText = (metric: string, value: number): string =>
  metricNamed(metric).unit === 'fraction'
    ? `${(100 * value).toFixed(2)} points`
    : metricNamed(metric).unit === 'target'
      ? percent(value, 2)
      : value.toFixed(4);

/** A number in so many digits, and never as 2.063e+4: prices and counts are read as they are written. */
export function significant(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return text.includes('e+') ? String(Number(text)) : text;
}

const signed = (number: string): string => (number.startsWith('-') ? number : `+${number}`);
