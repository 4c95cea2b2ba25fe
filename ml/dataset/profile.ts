import { type InstanceSchema, textFields } from '../instance/schema.ts';
import { labelsIn } from '../label-sets.ts';
import { Counts } from '../on-disk/counts.ts';
import { SortedNumbers } from '../on-disk/numbers.ts';
import type { Spill } from '../on-disk/spill.ts';
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

/** Gathers the profile of a dataset in bounded memory: numbers and names of groups beyond some thousand are in the spill. */
export class Profiler {
  readonly #isMultilabel: boolean;
  readonly #texts: readonly string[];
  readonly #columns: ReadonlyMap<string, Numbers | Categories>;
  readonly #sizes = newSizes();
  readonly #classes = new Map<string, Record<Split, number>>();
  readonly #targets: SortedNumbers;
  readonly #words: SortedNumbers;
  readonly #groups: Counts;
  readonly #times = new Map<Split, [string, string]>();
  #grouped = 0;

  constructor(schema: InstanceSchema, problem: ProblemType, spill: Spill) {
    this.#isMultilabel = problem === 'multilabel';
    this.#texts = textFields(schema);
    this.#targets = new SortedNumbers(spill);
    this.#words = new SortedNumbers(spill);
    this.#groups = new Counts(spill);
    this.#columns = new Map(
      Object.entries(schema.fields).flatMap(([name, { type }]): [string, Numbers | Categories][] => {
        if (type === 'number') return [[name, new Numbers(spill)]];
        return type === 'category' || type === 'boolean' ? [[name, new Categories(type)]] : [];
      }),
    );
  }

  /** @param samples some hundred */
  async add(samples: readonly DatasetSample[]): Promise<void> {
    for (const sample of samples) this.#add(sample);
    for (const kept of [this.#targets, this.#words, this.#groups]) await kept.spill();
    for (const column of this.#columns.values()) await column.spill();
  }

  #add({ split, target, time, group, instance }: DatasetSample): void {
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
  async profile(vocabulary: number): Promise<DatasetProfile> {
    const words = await summaryOf(this.#words);
    const classes = [...this.#classes].sort(([a], [b]) => (a < b ? -1 : 1));
    const columns: Record<string, ColumnProfile> = {};
    for (const [name, column] of this.#columns) columns[name] = await column.profile();
    return {
      ...{ format: 'epochlog-dataset-profile', version: 1 },
      sizes: this.#sizes,
      classes: Object.fromEntries(classes),
      target: await summaryOf(this.#targets),
      text: words && { words, vocabulary },
      columns,
      groups: { samples: this.#grouped, distinct: (await this.#groups.top(0)).distinct },
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
  readonly #values: SortedNumbers;
  #missing = 0;

  constructor(spill: Spill) {
    this.#values = new SortedNumbers(spill);
  }

  add(value: Value): void {
    if (value === null) this.#missing += 1;
    else this.#values.add(Number(value));
  }

  spill(): Promise<void> {
    return this.#values.spill();
  }

  async profile(): Promise<ColumnProfile> {
    return { type: 'number', missing: this.#missing, values: await summaryOf(this.#values) };
  }
}

const SHARES = [0, 0.25, 0.5, 0.75, 0.95, 1] as const;

async function summaryOf(values: SortedNumbers): Promise<NumberSummary | null> {
  const { count } = values;
  if (count === 0) return null;
  let sum = 0;
  for await (const chunk of values.ascending()) for (const value of chunk) sum += value;
  const mean = sum / count;
  let squares = 0;
  for await (const chunk of values.ascending()) for (const value of chunk) squares += (value - mean) ** 2;
  const places = SHARES.map((share) => share * (count - 1));
  const lowOf = (place: number) => Math.floor(place);
  const highOf = (place: number) => Math.min(lowOf(place) + 1, count - 1);
  const found = await values.at(places.flatMap((place) => [lowOf(place), highOf(place)]));
  const [min, p25, median, p75, p95, max] = places.map((place) => {
    const [a, b] = [found.get(lowOf(place))!, found.get(highOf(place))!];
    return a + (b - a) * (place - lowOf(place));
  }) as [number, number, number, number, number, number];
  const std = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  return { count, mean, std, min, p25, median, p75, p95, max };
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

  async spill(): Promise<void> {} // its counts have a bound

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
