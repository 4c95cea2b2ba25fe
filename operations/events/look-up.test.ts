import { expect, test } from 'vitest';
import { runsOf } from './look-up.ts';

test('offsets that are close are read together', () => {
  expect(runsOf([])).toEqual([]);
  expect(runsOf([500, 460, 410, 300, 299, 7])).toEqual([[500, 460, 410], [300, 299], [7]]);
});
