import { setImmediate as breathe } from 'node:timers/promises';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import { KnownWords } from '../../ml/features/known-words.ts';
import { wordCount } from '../../ml/text/clean.ts';
import { composeText } from '../../ml/text/document.ts';
import type { DatasetSealedHistogram as Histogram } from '../../schemas/events.generated.ts';

const BINS = 10;
const CHUNK_SAMPLES = 100;

/**
 * What the inputs look like at training time, to measure drift against: histograms, in bins of equal size, of the
 * features that every prediction reports. They are of the held-out samples, because of the training samples a model
 * knows more words than of any text to come.
 */
export async function referenceOf(samples: readonly DatasetSample[]): Promise<Histogram[]> {
  const known = new KnownWords();
  const text_length: number[] = [];
  const rare_word_share: number[] = [];
  await inTurns(
    samples.filter(({ split }) => split === 'train'),
    (sample) => known.add(composeText(sample, 1)),
  );
  await inTurns(
    samples.filter(({ split }) => split !== 'train'),
    (sample) => {
      text_length.push(wordCount(sample.title) + wordCount(sample.abstract));
      rare_word_share.push(known.rareWordShare(composeText(sample, 1)));
    },
  );
  return Object.entries({ text_length, rare_word_share }).map(([feature, values]) => {
    const edges = quantileEdges(values, BINS);
    return { feature, edges, categories: [], counts: histogram(values, edges) };
  });
}

/** Visits all, and lets others have their turn now and then. */
async function inTurns<T>(items: readonly T[], visit: (item: T) => void): Promise<void> {
  for (let start = 0; start < items.length; start += CHUNK_SAMPLES) {
    items.slice(start, start + CHUNK_SAMPLES).forEach(visit);
    await breathe();
  }
}
