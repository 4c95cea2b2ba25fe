import { expect, test } from 'vitest';
import { confusionMatrix } from './describe-evaluation.ts';

const classOf = (label: string) => ({ label, precision: 1, recall: 1, f1: 1, support: 12 });

test('a confusion matrix has a row for each label, and a column under its number', () =>
  expect(
    confusionMatrix({
      perClass: [classOf('a'), classOf('long')],
      confusion: [
        [10, 2],
        [0, 12],
      ],
    }),
  ).toBe('  is / predicted   1  2\n  1 a             10  2\n  2 long           . 12'));
