import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseParameters } from '../parameters.ts';
import { batchesOf, batchSizeOf, orderOf, withLessMemory } from './batches.ts';
import { assertFinite, assertFiniteEpoch } from './diverged.ts';
import { assertMonitored, isBetter, isOver, modeOf, NO_EPOCH, type StoppingRule } from './early-stopping.ts';
import { stepParameters, stoppingParameters } from './parameters.ts';
import { PURPOSES, seedsOf } from './seeds.ts';

describe('early stopping', () => {
  const rule: StoppingRule = { monitor: 'accuracy', mode: 'max', patience: 2, minDelta: 0.01 };

  test('ends after patience epochs that were not better by minDelta, and knows the best one', () => {
    let best = NO_EPOCH;
    const ends = [0.5, 0.6, 0.605, 0.62, 0.63, 0.62].map((value, index) => {
      if (isBetter(rule, value, best)) best = { epoch: index + 1, value };
      return isOver(rule, index + 1, best);
    });
    expect(ends).toEqual([false, false, false, false, false, true]);
    expect(best).toEqual({ epoch: 4, value: 0.62 });
  });

  test('a metric says which value of it is better; a loss is better when it is smaller', () => {
    expect(['accuracy', 'r2', 'logLoss', 'rmse', 'trainLoss'].map((name) => modeOf(name, 'auto'))).toEqual([
      'max',
      'max',
      'min',
      'min',
      'min',
    ]);
    expect(modeOf('accuracy', 'min')).toBe('min');
  });

  test('what no epoch reports is refused with the nearest name', () => {
    expect(() => assertMonitored('acuracy', ['logLoss', 'accuracy'])).toThrow(
      "monitor: no epoch reports 'acuracy'; did you mean accuracy?",
    );
  });
});

describe('a number that is not finite ends the training', () => {
  test('with the epoch, the cause and what to change', () => {
    const divergence = {
      what: 'the training loss',
      epoch: 3,
      step: 17,
      learningRate: 0.02,
      clipNorm: 0,
    } as const;
    expect(() => assertFinite({ ...divergence, value: 4, before: [] })).not.toThrow();
    expect(() => assertFinite({ ...divergence, value: Number.NaN, before: [0.5, 0.4, 9] })).toThrow(
      'the training diverged: the training loss is NaN in epoch 3, step 17. The loss had grown from 0.400 to 9.00: the steps are too long. Change: a learningRate of 0.002 or less; more warmupSteps; a clipNorm of 1; look for values',
    );
  });

  test('of the losses of an epoch, from the first one on', () => {
    expect(() => assertFiniteEpoch({ epoch: 1, trainLoss: Infinity }, [])).toThrow(
      /training loss is Infinity in epoch 1\. It was so from the beginning.+regularise more/,
    );
    expect(() => assertFiniteEpoch({ epoch: 2, trainLoss: 1 }, [1.1], Number.NaN)).toThrow(
      /validation loss is NaN in epoch 2\. The loss before it was 1\.10/,
    );
  });
});

test('each purpose has a seed of its own, which can be given; another seed of the run gives others', () => {
  const seeds = seedsOf(42);
  expect(seeds).toMatchObject({ split: 42, shuffle: 42 });
  expect(new Set(PURPOSES.map((purpose) => seeds[purpose])).size).toBe(4);
  expect(seedsOf(42, { dropout: 7 })).toEqual({ ...seeds, dropout: 7 });
  for (const purpose of PURPOSES) expect(seedsOf(43)[purpose]).not.toBe(seeds[purpose]);
});

describe('batches', () => {
  test('have every sample once, in the order of the epoch, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (samples, batch, part) => {
          const order = orderOf(samples, 42, 3);
          const batches = [...batchesOf(order, { batch, part })];
          expect(batches.flat().flatMap((rows) => [...rows])).toEqual([...order]);
          expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
          for (const parts of batches)
            for (const rows of parts) expect(rows.length).toBeLessThanOrEqual(part);
        },
      ),
    );
  });

  test('come in another order in each epoch, and in the same one when a training resumes', () => {
    expect(orderOf(50, 1, 2)).toEqual(orderOf(50, 1, 2));
    expect(orderOf(50, 1, 2)).not.toEqual(orderOf(50, 1, 3));
    expect(orderOf(50, 1, 2)).not.toEqual(orderOf(50, 2, 2));
  });

  test.each([
    [100, 32],
    [7_800, 32],
    [12_799, 32],
    [12_800, 64],
    [58_000, 256],
    [1e7, 256],
  ])('of %i samples are of %i, when their size is their own choice', (samples, size) => {
    expect(batchSizeOf('auto', samples, { least: 32, most: 256 })).toBe(size);
    expect(batchSizeOf(7, samples, { least: 32, most: 256 })).toBe(7);
  });

  test('are computed in parts of half the size when memory is out, down to one sample', () => {
    expect(withLessMemory({ batch: 16, part: 16 })).toEqual({ batch: 16, part: 8 });
    expect(withLessMemory({ batch: 16, part: 3 })).toEqual({ batch: 16, part: 1 });
    expect(() => withLessMemory({ batch: 16, part: 1 })).toThrow(
      /not enough memory for a batch of one sample/,
    );
  });
});

test('parameters that engines share take the defaults of each, and are refused by name', () => {
  const schema = z.strictObject({
    ...stepParameters({ learningRate: 2e-5, weightDecay: 0.01, warmupSteps: 100 }),
    ...stoppingParameters({ patience: 2, minDelta: 0 }),
  });
  expect(parseParameters(schema, { schedule: 'cosine' }, 'any')).toEqual({
    ...{ optimiser: 'adamw', learningRate: 2e-5, weightDecay: 0.01, momentum: 0, clipNorm: 1 },
    ...{ schedule: 'cosine', warmupSteps: 100, patience: 2, minDelta: 0, monitor: 'auto', mode: 'auto' },
  });
  expect(() => parseParameters(schema, { warmupStep: 3 }, 'any')).toThrow("did you mean 'warmupSteps'?");
  expect(() => parseParameters(schema, { optimiser: 'adam' }, 'any')).toThrow(/optimiser/);
});
