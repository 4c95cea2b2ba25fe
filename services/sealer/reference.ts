import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import { KnownWords } from '../../ml/features/known-words.ts';
import type { InstanceSchema } from '../../ml/instance/schema.ts';
import { wordCount } from '../../ml/text/clean.ts';
import { weightedText } from '../../ml/text/weighted.ts';
import type { DatasetSealedHistogram as Histogram } from '../../schemas/events.generated.ts';

const BINS = 10;
/** The most frequent categories have a count of their own; the others count together, as those not in the list. */
const MAX_CATEGORIES = 50;
const CHUNK_SAMPLES = 100;

/**
 * What the inputs look like at training time, to measure drift against: histograms of the features that every prediction
 * reports. Of a number in bins of equal size, of a category by its values; of all texts together their length and the
 * share of words that are rare. They are of the held-out samples, because of the training samples a model knows more words
 * than of any text to come.
 */
export async function referenceOf(
  { fields }: InstanceSchema,
  samples: readonly DatasetSample[],
): Promise<Histogram[]> {
  const heldOut = samples.filter(({ split }) => split !== 'train');
  const texts = Object.keys(fields).filter((name) => fields[name]?.type === 'text');
  const histograms = texts.length > 0 ? await textHistograms(texts, samples, heldOut) : [];
  for (const [name, { type }] of Object.entries(fields)) {
    const values = heldOut.map(({ instance }) => instance[name] ?? null).filter((value) => value !== null);
    const missing = heldOut.length - values.length;
    if (type === 'number') histograms.push(...numeric(name, values.map(Number), missing));
    if (type === 'category' || type === 'boolean')
      histograms.push(...categorical(name, values.map(String), missing));
  }
  return histograms;
}

async function textHistograms(
  texts: readonly string[],
  samples: readonly DatasetSample[],
  heldOut: readonly DatasetSample[],
): Promise<Histogram[]> {
  const textOf = ({ instance }: DatasetSample) =>
    weightedText(
      instance,
      texts.map((name) => ({ name, weight: 1 })),
    );
  const known = new KnownWords();
  const lengths: number[] = [];
  const rareShares: number[] = [];
  const training = samples.filter(({ split }) => split === 'train');
  await inTurns(training, (sample) => known.add(textOf(sample)));
  await inTurns(heldOut, (sample) => {
    lengths.push(texts.reduce((sum, name) => sum + wordCount(String(sample.instance[name] ?? '')), 0));
    rareShares.push(known.rareWordShare(textOf(sample)));
  });
  return [...numeric('textLength', lengths), ...numeric('rareWordShare', rareShares)];
}

function numeric(feature: string, values: readonly number[], missing = 0): Histogram[] {
  if (values.length === 0) return [];
  const edges = quantileEdges(values, BINS);
  return [{ feature, edges, categories: [], counts: histogram(values, edges), missing }];
}

function categorical(feature: string, values: readonly string[], missing: number): Histogram[] {
  if (values.length === 0) return [];
  const counts = [...Map.groupBy(values, (value) => value)]
    .map(([category, { length }]) => ({ category, count: length }))
    .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1))
    .slice(0, MAX_CATEGORIES);
  return [
    {
      feature,
      edges: [],
      categories: counts.map(({ category }) => category),
      counts: counts.map(({ count }) => count),
      missing,
    },
  ];
}

/** Visits all, and yields to the event loop now and then. */
async function inTurns<T>(items: readonly T[], visit: (item: T) => void): Promise<void> {
  for (let start = 0; start < items.length; start += CHUNK_SAMPLES) {
    items.slice(start, start + CHUNK_SAMPLES).forEach(visit);
    await yieldToEventLoop();
  }
}
