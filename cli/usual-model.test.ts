import { expect, test } from 'vitest';
import { DEFAULT_MODEL } from './arguments.ts';
import { usualOf } from './usual-model.ts';

test('where no model is named the only one of the log is meant', () => {
  expect(usualOf(['churn'])).toBe('churn');
});

test('without a model, or beside the one that comes with epochlog, that one is meant', () => {
  expect(usualOf([])).toBe(DEFAULT_MODEL.model);
  expect(usualOf(['churn', DEFAULT_MODEL.model])).toBe(DEFAULT_MODEL.model);
});

test('of several others none is meant', () => {
  expect(usualOf(['tickets', 'churn'])).toBe(DEFAULT_MODEL.model);
});
