import type { Instance } from '../instance/schema.ts';
import { seededRandom } from '../random.ts';
import type { Expectation, Finding } from './expectation.ts';

interface Row {
  readonly id: string;
  readonly instance: Instance;
  readonly target: string | number;
}

type Of<Kind> = Extract<Expectation, { kind: Kind }>;

const MAX_ROWS = 20;
/** Values of a column that outliers are looked for in; of more, a random sample. */
const MAX_VALUES = 100_000;
/** |z| beyond which a value is an outlier. */
const FAR = 3;
/** The median of |x − median| of a normal distribution is this share of its standard deviation. */
const MAD_OF_NORMAL = 0.6745;
const SEED = 42;

/** Takes the samples of a dataset one after another, and says which expectations hold. Its memory has a bound. */
export class ExpectationCheck {
  readonly #checks: readonly Check[];

  constructor(expectations: readonly Expectation[]) {
    this.#checks = expectations.map(checkOf);
  }

  add(row: Row): void {
    for (const check of this.#checks) check.add(row);
  }

  findings(): Finding[] {
    return this.#checks.map((check) => check.finding());
  }
}

interface Check {
  add(row: Row): void;
  finding(): Finding;
}

function checkOf(expectation: Expectation): Check {
  switch (expectation.kind) {
    case 'missing':
      return new RowCheck(expectation, ({ instance }) => isPresent(instance[expectation.column]));
    case 'valid':
      return new RowCheck(expectation, ({ instance, target }) => expectation.holds(instance, target));
    case 'outliers':
      return new OutlierCheck(expectation);
    case 'balance':
      return new BalanceCheck(expectation);
  }
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

class RowCheck implements Check {
  readonly #expectation: Of<'missing'> | Of<'valid'>;
  readonly #holds: (row: Row) => boolean | null;
  readonly #rows: string[] = [];
  #failed = 0;
  #samples = 0;

  constructor(expectation: Of<'missing'> | Of<'valid'>, holds: (row: Row) => boolean | null) {
    this.#expectation = expectation;
    this.#holds = holds;
  }

  add(row: Row): void {
    const holds = this.#holds(row);
    if (holds === null) return;
    this.#samples += 1;
    if (holds) return;
    this.#failed += 1;
    if (this.#rows.length < MAX_ROWS) this.#rows.push(row.id);
  }

  finding(): Finding {
    return findingOf(this.#expectation, this.#failed, this.#samples, this.#rows);
  }
}

/**
 * Robust z-scores (Iglewicz and Hoaglin 1993): 0.6745 (x − median) / MAD, where MAD is the median of |x − median|; where
 * that is 0, because most values are equal, the mean of |x − median| by 1.253 takes its place.
 */
export function robustScores(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const center = medianOf(sorted);
  const deviations = sorted.map((value) => Math.abs(value - center));
  const mean = deviations.reduce((sum, value) => sum + value, 0) / Math.max(1, deviations.length);
  const mad = medianOf(deviations.sort());
  const scale = mad > 0 ? mad / MAD_OF_NORMAL : mean * 1.253314;
  return Float64Array.from(values, (value) => (scale === 0 ? 0 : (value - center) / scale));
}

const medianOf = (sorted: Float64Array): number => {
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

class OutlierCheck implements Check {
  readonly #expectation: Of<'outliers'>;
  readonly #random = seededRandom(SEED);
  readonly #ids: string[] = [];
  readonly #values: number[] = [];
  #samples = 0;

  constructor(expectation: Of<'outliers'>) {
    this.#expectation = expectation;
  }

  /** A reservoir (Vitter 1985, algorithm R). */
  add({ id, instance }: Row): void {
    const value = instance[this.#expectation.column];
    if (typeof value !== 'number') return;
    this.#samples += 1;
    const place =
      this.#samples <= MAX_VALUES ? this.#samples - 1 : Math.floor(this.#random() * this.#samples);
    if (place >= MAX_VALUES) return;
    this.#ids[place] = id;
    this.#values[place] = value;
  }

  finding(): Finding {
    const far = [...robustScores(this.#values)].flatMap((score, at) =>
      Math.abs(score) > FAR ? [{ id: this.#ids[at]!, score: Math.abs(score) }] : [],
    );
    far.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    const rows = far.slice(0, MAX_ROWS).map(({ id }) => id);
    return findingOf(this.#expectation, far.length, this.#values.length, rows);
  }
}

class BalanceCheck implements Check {
  readonly #expectation: Of<'balance'>;
  readonly #counts = new Map<string, number>();
  #samples = 0;

  constructor(expectation: Of<'balance'>) {
    this.#expectation = expectation;
  }

  add({ target }: Row): void {
    this.#samples += 1;
    this.#counts.set(String(target), (this.#counts.get(String(target)) ?? 0) + 1);
  }

  finding(): Finding {
    const { text: expectation, severity, share: limit } = this.#expectation;
    const least = Math.min(...this.#counts.values());
    const share = this.#samples === 0 ? 1 : least / this.#samples;
    const rare = [...this.#counts].filter(([, count]) => count < limit * this.#samples);
    return {
      ...{ expectation, severity, holds: share >= limit, share, limit, samples: this.#samples },
      failed: rare.reduce((sum, [, count]) => sum + count, 0),
      rows: rare.slice(0, MAX_ROWS).map(([label, count]) => `${label} (${count})`),
    };
  }
}

function findingOf(
  { text: expectation, severity, share: limit }: Expectation,
  failed: number,
  samples: number,
  rows: readonly string[],
): Finding {
  const share = samples === 0 ? 0 : failed / samples;
  return { expectation, severity, holds: share <= limit, share, limit, failed, samples, rows: [...rows] };
}
