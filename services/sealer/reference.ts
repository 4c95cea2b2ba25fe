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
import { SpilledValues } from '../../ml/on-disk/values.ts';
import { wordCount } from '../../ml/text/count.ts';
import { weightedText } from '../../ml/text/weighted.ts';
import type {
  DatasetSealedHistogram as Histogram,
  ReferenceSampled,
  ReferenceSampledRow,
} from '../../schemas/events.generated.ts';
import { sampledRows } from './sampled.ts';

const BINS = 10;
/** The most frequent categories have a count of their own; the others count together, as those not in the list. */
const MAX_CATEGORIES = 50;

/**
 * What the inputs look like at training time, to measure drift against: histograms of the features that every prediction
 * reports. Of a number in bins of equal size, of a category by its values; of all texts together their length and the
 * share of words that are rare. They are of the held-out samples, because of the training samples a model knows more words
 * than of any text to come. Instances of held-out samples are in the spill until the words of all training samples are known.
 */
export class Reference {
  readonly #texts: readonly string[];
  readonly #known: KnownWords;
  readonly #seed: number;
  readonly #heldOut: SpilledValues<Instance>;
  readonly #lengths: SortedNumbers;
  readonly #rareShares: SortedNumbers;
  readonly #features: readonly Feature[];

  /**
   * @param known the words of training samples that have been seen before
   * @param seed which rows are kept is drawn by it
   */
  constructor(schema: InstanceSchema, spill: Spill, known = new KnownWords(), seed = 0) {
    this.#known = known;
    this.#seed = seed;
    this.#heldOut = new SpilledValues(spill);
    this.#lengths = new SortedNumbers(spill);
    this.#rareShares = new SortedNumbers(spill);
    const named = Object.entries(schema.fields);
    this.#texts = textFields(schema);
    this.#features = named.flatMap(([name, { type }]): Feature[] => {
      if (type === 'number') return [new NumberFeature(name, spill)];
      return type === 'category' || type === 'boolean' ? [new CategoryFeature(name, spill)] : [];
    });
  }

  train({ instance }: Sample): void {
    if (this.#texts.length > 0) this.#known.add(this.#textOf(instance));
  }

  /** @param samples some hundred */
  holdOut(samples: readonly Sample[]): Promise<void> {
    return this.#heldOut.add(samples.map(({ instance }) => instance));
  }

  /** When all samples are there. */
  async measured(): Promise<Measured> {
    const heldOut = this.#heldOut.count;
    const columns = this.#features.length + (this.#texts.length > 0 ? 3 : 0);
    const sampled = sampledRows(heldOut, columns, this.#seed);
    const places = new Map([...sampled].map((row, place) => [row, place]));
    const rows = new Array<ReferenceSampledRow>(sampled.length);
    let row = 0;
    for await (const instances of this.#heldOut.chunks()) {
      for (const instance of instances) {
        const ofTexts = this.#add(instance);
        const place = places.get(row++);
        if (place !== undefined) rows[place] = byType(this.#rowOf(instance, ofTexts));
      }
      for (const kept of [this.#lengths, this.#rareShares, ...this.#features]) await kept.spill();
    }
    return { histograms: await this.#histograms(), rows, heldOut };
  }

  #add(instance: Instance): OfTexts | undefined {
    for (const feature of this.#features) feature.add(instance[feature.name] ?? null);
    if (this.#texts.length === 0) return undefined;
    const text = this.#textOf(instance);
    const textLength = this.#lengthOf(instance);
    const rareWordShare = this.#known.rareWordShare(text);
    this.#lengths.add(textLength);
    this.#rareShares.add(rareWordShare);
    return { text, textLength, rareWordShare };
  }

  #rowOf(instance: Instance, ofTexts: OfTexts | undefined): Row {
    const cells = this.#features.flatMap(({ name }) => {
      const value = monitored(instance[name]);
      return value === null ? [] : [[name, value] as const];
    });
    if (!ofTexts) return Object.fromEntries(cells);
    const { text, textLength, rareWordShare } = ofTexts;
    return { ...Object.fromEntries(cells), textLength, rareWordShare, [SKETCH_FEATURE]: wordSketch(text) };
  }

  async #histograms(): Promise<Histogram[]> {
    const texts = [
      await numeric('textLength', this.#lengths),
      await numeric('rareWordShare', this.#rareShares),
    ];
    for (const feature of this.#features) texts.push(await feature.histogram());
    return texts.flat();
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

/** What is measured of the texts of a sample. */
interface OfTexts {
  readonly text: string;
  readonly textLength: number;
  readonly rareWordShare: number;
}

export interface Measured {
  readonly histograms: readonly Histogram[];
  /** some of the held-out samples, as a prediction reports them */
  readonly rows: ReferenceSampled['rows'];
  readonly heldOut: number;
}

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
