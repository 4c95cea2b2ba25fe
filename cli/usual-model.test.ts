import { expect, test } from 'vitest';
import { DEFAULT_MODEL } from './arguments.ts';
import { usualOf } from './usual-model.ts';

test('where no model is named the only one of the log is meant', () => {
  expect(usualOf(['churn'], '--model NAME')).toBe('churn');
});

test('without a model, or beside the one that comes with epochlog, that one is meant', () => {
  expect(usualOf([], '--model NAME')).toBe(DEFAULT_MODEL.model);
  expect(usualOf(['churn', 'tickets', DEFAULT_MODEL.model], '--model NAME')).toBe(DEFAULT_MODEL.model);
});

test('of several others one must be named', () => {
  expect(() => usualOf(['tickets', 'churn'], '--model NAME')).toThrow(
    expect.objectContaining({
      code: 'INPUT_INVALID',
      message: 'name the model with --model NAME: 2 are declared, churn, tickets',
    }),
  );
});
