import { expect, test } from 'vitest';
import { conflictOf } from './conflict.ts';

const begun = { model: 'classifier', task: 'texts', source: 'sha256:1', cut: '2025-01-01' };

test.each([
  ['nothing', [], undefined],
  ['the same', [begun], undefined],
  ['that of another task', [{ ...begun, model: 'late', task: 'flights', source: 'sha256:2' }], undefined],
  ['other records', [{ ...begun, source: 'sha256:2' }], 'elsewhere'],
  ['another cut', [{ ...begun, cut: '2025-02-01' }], 'resume'],
  ['another model of the task', [{ ...begun, model: 'rival' }], 'elsewhere'],
])('a home that holds %s', (_, held, solution) => expect(conflictOf(held, begun)?.solution).toBe(solution));
