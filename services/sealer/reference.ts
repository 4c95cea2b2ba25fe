import { monitored } from '../../ml/adapters/tabular.ts';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { binOf, edgesOfSorted, quantilePlaces } from '../../ml/drift/histogram.ts';
import type { Row } from '../../ml/drift/rows/encode.ts';
import { SKETCH_FEATURE, wordSketch } from '../../ml/drift/rows/sketch.ts';
import { KnownWords } from '../../ml/features/known-words.ts';
import { type Instance, type InstanceSchema, textFields } from '../../ml/instance/schema.ts';
import { Counts } from '../../ml/on-disk/counts.ts';
import { SortedNumbers } from '../../ml/on-disk/numbers.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import { wordCount } from '../../ml/text/count.ts';
import { weightedText } from '../../ml/text/weighted.ts';
import type {
  DatasetSealedHistogram as Histogram,
  ReferenceSampled,
  ReferenceSampledRow,
} from '../../schemas/events.generated.ts';
import { SampledRows } from './sampled.ts';

const BINS = 10;
/** The most frequent categories have a count of their own; the others count together, as those not in the list. */
const MAX_CATEGORIES = 50;

/**
 * What the inputs look like at training time, to measure drift against: histograms of the features that every prediction
 * reports. Of a number in bins of equal size, of a category by its values; of all texts together their length and the
 * share of words that are rare. They are of the held-out samples, because of the training samples a model knows more words
 * than of any text to come. Only numbers and counts are kept of the samples, in the spill where they are many.
 */
export class Reference {
  readonly #texts: readonly string[];
  readonly #known: KnownWords;
  readonly #lengths: SortedNumbers;
  readonly #rareShares: SortedNumbers;
  readonly #features: readonly Feature[];
  readonly #sampled: SampledRows<Row>;

  /**
   * @param known the words of training samples that have been seen before
   * @param seed which rows are kept is drawn by it
   */
  constructor(schema: InstanceSchema, spill: Spill, known = new KnownWords(), seed = 0) {
    this.#known = known;
    this.#lengths = new SortedNumbers(spill);
    this.#rareShares = new SortedNumbers(spill);
    const named = Object.entries(schema.fields);
    this.#texts = textFields(schema);
    this.#features = named.flatMap(([name, { type }]): Feature[] => {
      if (type === 'number') return [new NumberFeature(name, spill)];
      return type === 'category' || type === 'boolean' ? [new CategoryFeature(name, spill)] : [];
    });
    const ofTexts = this.#texts.length > 0 ? 3 : 0;
    this.#sampled = new SampledRows(this.#features.length + ofTexts, seed);
  }

  /** All training samples come before the held-out ones. */
  train({ instance }: Sample): void {
    if (this.#texts.length > 0) this.#known.add(this.#textOf(instance));
  }

  /** @param samples some hundred */
  async holdOut(samples: readonly Sample[]): Promise<void> {
    for (const sample of samples) this.#holdOut(sample);
    for (const kept of [this.#lengths, this.#rareShares, ...this.#features]) await kept.spill();
  }

  #holdOut({ instance }: Sample): void {
    for (const feature of this.#features) feature.add(instance[feature.name] ?? null);
    this.#sampled.offer(() => this.#rowOf(instance));
    if (this.#texts.length === 0) return;
    this.#lengths.add(this.#lengthOf(instance));
    this.#rareShares.add(this.#known.rareWordShare(this.#textOf(instance)));
  }

  async histograms(): Promise<Histogram[]> {
    const texts = [
      await numeric('textLength', this.#lengths),
      await numeric('rareWordShare', this.#rareShares),
    ];
    for (const feature of this.#features) texts.push(await feature.histogram());
    return texts.flat();
  }

  /** Some of the held-out samples, as a prediction reports them, and how many there are. */
  sampled(): Pick<ReferenceSampled, 'rows' | 'heldOut'> {
    return { rows: this.#sampled.rows.map(byType), heldOut: this.#sampled.seen };
  }

  #rowOf(instance: Instance): Row {
    const cells = this.#features.flatMap(({ name }) => {
      const value = monitored(instance[name]);
      return value === null ? [] : [[name, value] as const];
    });
    if (this.#texts.length === 0) return Object.fromEntries(cells);
    const text = this.#textOf(instance);
    return {
      ...Object.fromEntries(cells),
      textLength: this.#lengthOf(instance),
      rareWordShare: this.#known.rareWordShare(text),
      [SKETCH_FEATURE]: wordSketch(text),
    };
  }

  #lengthOf(instance: Instance): number {
    return this.#texts.reduce((sum, name) => sum + wordCount(String(instance[name] ?? '')), 0);
  }

  #textOf(instance: Instance): string {
    return weightedText(
      instance,
      this.#texts.map((name) => ({ name, weight: 1 })),
    );
  }
}

function byType(row: Row): ReferenceSampledRow {
  const cells = Object.entries(row);
  return {
    numbers: Object.fromEntries(
      cells.filter((cell): cell is [string, number] => typeof cell[1] === 'number'),
    ),
    texts: Object.fromEntries(cells.filter((cell): cell is [string, string] => typeof cell[1] === 'string')),
  };
}

type Sample = Pick<DatasetSample, 'instance'>;

/** A column of a table. */
interface Feature {
  readonly name: string;
  add(value: Instance[string]): void;
  spill(): Promise<void>;
  histogram(): Promise<Histogram[]>;
}

class NumberFeature implements Feature {
  readonly name: string;
  readonly #values: SortedNumbers;
  #missing = 0;

  constructor(name: string, spill: Spill) {
    this.name = name;
    this.#values = new SortedNumbers(spill);
  }

  add(value: Instance[string]): void {
    if (value === null) this.#missing += 1;
    else this.#values.add(Number(value));
  }

  spill(): Promise<void> {
    return this.#values.spill();
  }

  histogram(): Promise<Histogram[]> {
    return numeric(this.name, this.#values, this.#missing);
  }
}

class CategoryFeature implements Feature {
  readonly name: string;
  readonly #counts: Counts;
  #missing = 0;

  constructor(name: string, spill: Spill) {
    this.name = name;
    this.#counts = new Counts(spill);
  }

  add(value: Instance[string]): void {
    if (value === null) this.#missing += 1;
    else this.#counts.add(String(value));
  }

  spill(): Promise<void> {
    return this.#counts.spill();
  }

  async histogram(): Promise<Histogram[]> {
    const { counts } = await this.#counts.top(MAX_CATEGORIES);
    if (counts.length === 0) return [];
    return [
      {
        feature: this.name,
        edges: [],
        categories: counts.map(([category]) => category),
        counts: counts.map(([, count]) => count),
        missing: this.#missing,
      },
    ];
  }
}

async function numeric(feature: string, values: SortedNumbers, missing = 0): Promise<Histogram[]> {
  const { count } = values;
  if (count === 0) return [];
  const found = await values.at(quantilePlaces(count, BINS));
  const edges = edgesOfSorted(count, BINS, (place) => found.get(place)!);
  const counts = new Array<number>(edges.length - 1).fill(0);
  for await (const chunk of values.ascending()) for (const value of chunk) counts[binOf(value, edges)]! += 1;
  return [{ feature, edges, categories: [], counts, missing }];
}
