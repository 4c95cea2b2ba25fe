/** The values that a hyperparameter can have, as a search file says. */
export type Domain =
  | { type: 'categorical'; choices: readonly Value[] }
  | { type: 'int' | 'float' | 'log_int' | 'log_float'; low: number; high: number; step?: number };

type Numeric = Exclude<Domain, { type: 'categorical' }>;

export type Value = string | number | boolean;

/** An axis: where a value lies on it, from 0 to 1, and back. */
export interface Scale {
  name: string;
  positionOf(value: Value): number;
  /** the value at a position: the nearest choice, or a number of four digits */
  valueAt(position: number): Value;
}

/** What an axis shows between two ends, both included, as it stands in the address: `name:from:to`. */
export interface Brush {
  name: string;
  from: number;
  to: number;
}

const LEAST_CHOICES = 2;

export function scaleOf(name: string, domain: Domain): Scale {
  if (domain.type === 'categorical') {
    const { choices } = domain;
    const last = Math.max(choices.length, LEAST_CHOICES) - 1;
    return {
      name,
      positionOf: (value) => choices.indexOf(value) / last,
      valueAt: (position) => choices[Math.min(Math.round(position * last), choices.length - 1)]!,
    };
  }
  const isLogarithmic = domain.type.startsWith('log_');
  const [scaled, back] = isLogarithmic ? [Math.log, Math.exp] : [Number, Number];
  const last = lastOf(domain);
  const [low, high] = [scaled(domain.low), scaled(last)];
  return {
    name,
    positionOf: (value) => (high === low ? 0.5 : (scaled(Number(value)) - low) / (high - low)),
    valueAt: (position) => Number(back(low + position * (high - low)).toPrecision(4)),
  };
}

/** The last value: `high`, or the last step below it. */
const lastOf = ({ low, high, step }: Numeric): number =>
  step === undefined ? high : low + Math.floor((high - low) / step + 1e-9) * step;

/** Brushes as the address has them; what is none is left out. */
export const brushesIn = (parameters: URLSearchParams): Brush[] =>
  parameters.getAll('brush').flatMap((text) => {
    const [, name, from, to] = /^(.+):([\d.]+):([\d.]+)$/.exec(text) ?? [];
    return name && Number(from) <= Number(to) ? [{ name, from: Number(from), to: Number(to) }] : [];
  });

const DIGITS = 3;

export const asParameter = ({ name, from, to }: Brush): string =>
  `${name}:${Number(from.toFixed(DIGITS))}:${Number(to.toFixed(DIGITS))}`;

/** Whether the positions of a row lie within all brushes; a row without a value lies in none. */
export const isWithin = (
  brushes: readonly Brush[],
  positionIn: (name: string) => number | undefined,
): boolean =>
  brushes.every(({ name, from, to }) => {
    const position = positionIn(name);
    return position !== undefined && position >= from - 1e-9 && position <= to + 1e-9;
  });
