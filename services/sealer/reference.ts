import { monitored } from '../../ml/adapters/tabular.ts';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import type { Row } from '../../ml/drift/rows/encode.ts';
import { SKETCH_FEATURE, wordSketch } from '../../ml/drift/rows/sketch.ts';
import { KnownWords } from '../../ml/features/known-words.ts';
import { type Instance, type InstanceSchema, textFields } from '../../ml/instance/schema.ts';
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
 * than of any text to come. Only numbers and counts are kept of the samples.
 */
export class Reference {
  readonly #texts: readonly string[];
  readonly #known: KnownWords;
  readonly #lengths: number[] = [];
  readonly #rareShares: number[] = [];
  readonly #features: readonly Feature[];
  readonly #sampled: SampledRows<Row>;

  /**
   * @param known the words of training samples that have been seen before
   * @param seed which rows are kept is drawn by it
   */
  constructor(schema: InstanceSchema, known = new KnownWords(), seed = 0) {
    this.#known = known;
    const named = Object.entries(schema.fields);
    this.#texts = textFields(schema);
    this.#features = named.flatMap(([name, { type }]): Feature[] => {
      if (type === 'number') return [new NumberFeature(name)];
      return type === 'category' || type === 'boolean' ? [new CategoryFeature(name)] : [];
    });
    const ofTexts = this.#texts.length > 0 ? 3 : 0;
    this.#sampled = new SampledRows(this.#features.length + ofTexts, seed);
  }

  /** All training samples come before the held-out ones. */
  train({ instance }: Sample): void {
    if (this.#texts.length > 0) this.#known.add(this.#textOf(instance));
  }

  holdOut({ instance }: Sample): void {
    for (const feature of this.#features) feature.add(instance[feature.name] ?? null);
    this.#sampled.offer(() => this.#rowOf(instance));
    if (this.#texts.length === 0) return;
    this.#lengths.push(this.#lengthOf(instance));
    this.#rareShares.push(this.#known.rareWordShare(this.#textOf(instance)));
  }

  histograms(): Histogram[] {
    return [
      ...numeric('textLength', this.#lengths),
      ...numeric('rareWordShare', this.#rareShares),
      ...this.#features.flatMap((feature) => feature.histogram()),
    ];
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
  histogram(): Histogram[];
}

class NumberFeature implements Feature {
  readonly name: string;
  readonly #values: number[] = [];
  #missing = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(value: Instance[string]): void {
    if (value === null) this.#missing += 1;
    else this.#values.push(Number(value));
  }

  histogram(): Histogram[] {
    return numeric(this.name, this.#values, this.#missing);
  }
}

class CategoryFeature implements Feature {
  readonly name: string;
  readonly #counts = new Map<string, number>();
  #missing = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(value: Instance[string]): void {
    if (value === null) this.#missing += 1;
    else this.#counts.set(String(value), (this.#counts.get(String(value)) ?? 0) + 1);
  }

  histogram(): Histogram[] {
    if (this.#counts.size === 0) return [];
    const counts = [...this.#counts]
      .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
      .slice(0, MAX_CATEGORIES);
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

function numeric(feature: string, values: readonly number[], missing = 0): Histogram[] {
  if (values.length === 0) return [];
  const edges = quantileEdges(values, BINS);
  return [{ feature, edges, categories: [], counts: histogram(values, edges), missing }];
}
