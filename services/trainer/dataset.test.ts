import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { inFold } from './dataset.ts';

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
