import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DatasetSample, encodeDataset } from '../../ml/dataset/format.ts';
import { DOCUMENT_SCHEMA } from '../../test/harness/documents.ts';
import { inFold, readTrainingData } from './dataset.ts';
import type { TrainingStart } from './protocol.ts';

const sample = fc.record({ id: fc.uuid(), group: fc.option(fc.constantFrom('a', 'b', 'c', 'd')) });

test('each sample is held in one fold, all of a group in the same, and is trained on in the others', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 60 }), fc.integer({ min: 2, max: 7 }), (given, of) => {
      const samples = given.map(
        (each): DatasetSample => ({
          ...{ ...each, split: 'train', target: 'x', otherLabels: [], time: null, instance: {} },
        }),
      );
      const folds = Array.from({ length: of }, (_, at) => inFold(samples, { number: at + 1, of }));
      for (const [at, { group }] of samples.entries()) {
        const held = folds.map((fold) => fold[at]!.split === 'validation');
        expect(held.filter(Boolean)).toHaveLength(1);
        if (group === null) continue;
        const first = samples.findIndex((other) => other.group === group);
        expect(held.indexOf(true)).toBe(folds.findIndex((fold) => fold[first]!.split === 'validation'));
      }
    }),
    { numRuns: 30 },
  );
});

test('samples that cannot be learnt from are listed, the test split is not looked at', async () => {
  const text = 'ten words are what a text needs to be learnt from';
  const samples = [
    ['a', 'train', text, 'birds'],
    ['b', 'test', 'short', 'birds'],
    ['c', 'train', text, 'boots'],
    ['d', 'validation', 'short', 'boats'],
  ].map(([id, split, abstract, target]) => ({
    ...{ id: id!, split: split as DatasetSample['split'], target: target!, otherLabels: [] },
    ...{ time: null, group: null, instance: { title: '', abstract: abstract! } },
  }));
  const task = { name: 'toy', type: 'classification' as const, labels: ['birds', 'boats'] };
  const { bytes } = await encodeDataset({ task, schema: DOCUMENT_SCHEMA }, samples);
  const start = { dataset: bytes, fold: null, parameters: {}, seed: 1 } as unknown;
  await expect(readTrainingData(start as TrainingStart)).rejects.toThrow(
    /fewer than 10 words at 2 \(d\); a label that is not in the set at 1 \(c\)\./,
  );
});
