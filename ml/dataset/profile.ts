import { type InstanceSchema, textFields } from '../instance/schema.ts';
import { labelsIn } from '../label-sets.ts';
import type { ProblemType } from '../problem.ts';
import { wordCount } from '../text/count.ts';
import type { DatasetSample, Split } from './format.ts';

export type SplitSizes = Readonly<Record<Split, number>>;

/** Of some numbers; quantiles by linear interpolation (type 7 of Hyndman and Fan 1996, numpy's default). */
export interface NumberSummary {
  readonly count: number;
  readonly mean: number;
  /** of the samples, n − 1 in the denominator; 0 of one number */
  readonly std: number;
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  readonly max: number;
}

export type ColumnProfile =
  | { readonly type: 'number'; readonly missing: number; readonly values: NumberSummary | null }
  | {
      readonly type: 'category' | 'boolean';
      readonly missing: number;
      /** different values, counted up to MAX_VALUES */
      readonly distinct: number;
      /** the most frequent, the first first */
      readonly top: Readonly<Record<string, number>>;
    };

export interface GroupProfile {
  /** that are in a group */
  readonly samples: number;
  readonly distinct: number;
  /** of samples in several groups each: groups that are in two splits or more */
  readonly shared?: number;
  /** and samples of the test split that have a group in common with the training split */
  readonly testSeen?: number;
}

/** What is in a dataset. It is plain JSON. */
export interface DatasetProfile {
  readonly format: 'epochlog-dataset-profile';
  readonly version: 1;
  readonly sizes: SplitSizes;
  /** of each class, or label; none of a number */
  readonly classes: Readonly<Record<string, SplitSizes>>;
  /** of a target that is a number; null of classes */
  readonly target: NumberSummary | null;
  /** of all text fields together; null without */
  readonly text: {
    /** words of a sample */
    readonly words: NumberSummary;
    /** different words of the training split */
    readonly vocabulary: number;
  } | null;
  readonly columns: Readonly<Record<string, ColumnProfile>>;
  readonly groups: GroupProfile;
  /** the first and the last of each split; null where no sample has one */
  readonly times: Readonly<Record<Split, readonly [string, string] | null>>;
}

const MAX_VALUES = 10_000;
const TOP = 20;

/** Gathers the profile of a dataset, sample by sample: of each number it keeps its value, of texts their lengths. */
export class Profiler {
  readonly #isMultilabel: boolean;
  readonly #texts: readonly string[];
  readonly #columns: ReadonlyMap<string, Numbers | Categories>;
  readonly #sizes = newSizes();
  readonly #classes = new Map<string, Record<Split, number>>();
  readonly #targets = new Numbers();
  readonly #words = new Numbers();
  readonly #groups = new Set<string>();
  readonly #times = new Map<Split, [string, string]>();
  #grouped = 0;

  constructor(schema: InstanceSchema, problem: ProblemType) {
    this.#isMultilabel = problem === 'multilabel';
    this.#texts = textFields(schema);
    this.#columns = new Map(
      Object.entries(schema.fields).flatMap(([name, { type }]): [string, Numbers | Categories][] => {
        if (type === 'number') return [[name, new Numbers()]];
        return type === 'category' || type === 'boolean' ? [[name, new Categories(type)]] : [];
      }),
    );
  }

  add({ split, target, time, group, instance }: DatasetSample): void {
    this.#sizes[split] += 1;
    if (typeof target === 'number') this.#targets.add(target);
    else
      for (const label of this.#isMultilabel ? labelsIn(target) : [target]) this.#sizesOf(label)[split] += 1;
    if (group !== null) {
      this.#grouped += 1;
      this.#groups.add(group);
    }
    if (time !== null) this.#extend(split, time);
    if (this.#texts.length > 0)
      this.#words.add(this.#texts.reduce((sum, name) => sum + wordCount(String(instance[name] ?? '')), 0));
    for (const [name, column] of this.#columns) column.add(instance[name] ?? null);
  }

  #sizesOf(label: string): Record<Split, number> {
    const sizes = this.#classes.get(label) ?? newSizes();
    this.#classes.set(label, sizes);
    return sizes;
  }

  #extend(split: Split, time: string): void {
    const range = this.#times.get(split);
    if (!range) this.#times.set(split, [time, time]);
    else if (time < range[0]) range[0] = time;
    else if (time > range[1]) range[1] = time;
  }

  /** @param vocabulary different words of the training split */
  profile(vocabulary: number): DatasetProfile {
    const words = this.#words.summary();
    const classes = [...this.#classes].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...{ format: 'epochlog-dataset-profile', version: 1 },
      sizes: this.#sizes,
      classes: Object.fromEntries(classes),
      target: this.#targets.summary(),
      text: words && { words, vocabulary },
      columns: Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.profile()])),
      groups: { samples: this.#grouped, distinct: this.#groups.size },
      times: {
        train: this.#times.get('train') ?? null,
        validation: this.#times.get('validation') ?? null,
        test: this.#times.get('test') ?? null,
      },
    };
  }
}

const newSizes = (): Record<Split, number> => ({ train: 0, validation: 0, test: 0 });

type Value = string | number | boolean | null;

class Numbers {
  #values = new Float64Array(1 << 8);
  #count = 0;
  #missing = 0;

  add(value: Value): void {
    if (value === null) {
      this.#missing += 1;
      return;
    }
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = Number(value);
  }

  profile(): ColumnProfile {
    return { type: 'number', missing: this.#missing, values: this.summary() };
  }

  summary(): NumberSummary | null {
    const values = this.#values.slice(0, this.#count).sort();
    const count = values.length;
    if (count === 0) return null;
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const at = (share: number) => {
      const place = share * (count - 1);
      const low = Math.floor(place);
      const [a, b] = [values[low]!, values[Math.min(low + 1, count - 1)]!];
      return a + (b - a) * (place - low);
    };
    return {
      ...{ count, mean, std: count > 1 ? Math.sqrt(squares / (count - 1)) : 0 },
      ...{ min: at(0), p25: at(0.25), median: at(0.5), p75: at(0.75), p95: at(0.95), max: at(1) },
    };
  }
}

class Categories {
  readonly #type: 'category' | 'boolean';
  readonly #counts = new Map<string, number>();
  #missing = 0;

  constructor(type: 'category' | 'boolean') {
    this.#type = type;
  }

  add(value: Value): void {
    if (value === null) this.#missing += 1;
    else {
      const known = this.#counts.get(String(value));
      if (known !== undefined || this.#counts.size < MAX_VALUES)
        this.#counts.set(String(value), (known ?? 0) + 1);
    }
  }

  profile(): ColumnProfile {
    const counts = [...this.#counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
    const top = Object.fromEntries(counts.slice(0, TOP));
    return { type: this.#type, missing: this.#missing, distinct: counts.length, top };
  }
}

/** Whether a value from an artifact is a profile. */
export const isProfile = (value: unknown): value is DatasetProfile =>
  typeof value === 'object' &&
  value !== null &&
  'format' in value &&
  value.format === 'epochlog-dataset-profile';
