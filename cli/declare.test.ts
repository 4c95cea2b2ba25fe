import { expect, test } from 'vitest';
import { nextAfterModel } from './declare.ts';

test('after a model was declared comes its training, or a dataset where others train it', () => {
  expect(nextAfterModel({ model: 'churn', engine: 'trees' })).toBe('npx epochlog train --model churn');
  expect(nextAfterModel({ model: 'forest', engine: 'external' })).toBe(
    'npx epochlog dataset seal --model forest',
  );
});
