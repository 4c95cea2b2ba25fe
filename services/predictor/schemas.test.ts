import { expect, test } from 'vitest';
import { assertWithinLimits, LIMITS } from '../../kernel/texts.ts';
import { predictBody } from './schemas.ts';

const valuesOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, i]));

test('an instance may have a value of every column of the widest task, and more than an event may hold is refused', () => {
  const instance = valuesOf(LIMITS.columns);
  expect(predictBody.parse({ instance })).toEqual({ instance });
  expect(() =>
    assertWithinLimits({ type: 'PredictionServed', data: { features: instance } }, 'r'),
  ).not.toThrow();
  const { error } = predictBody.safeParse({ instance: valuesOf(LIMITS.entries + 1) });
  expect(error?.issues).toMatchObject([{ path: ['instance'], message: 'has more than 1000 entries' }]);
});
