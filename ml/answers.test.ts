import { expect, test } from 'vitest';
import { answeredClasses, answersTo, confidencesIn } from './answers.ts';
import { labelFault, labelSet, labelsIn } from './label-sets.ts';
import { measure } from './metrics/measure.ts';
import { isTargetOf, type LearningProblem } from './problem.ts';

const matrix = (...rows: number[][]) => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
});

test('of two labels the second is the answer from the threshold on, and metrics and confidences follow', () => {
  const scores = matrix([0.7, 0.3], [0.8, 0.2], [0.1, 0.9]);
  const task: LearningProblem = { name: 't', type: 'classification', labels: ['no', 'yes'], threshold: 0.3 };
  expect(answersTo(task, scores)).toEqual(['yes', 'no', 'yes']);
  expect([...confidencesIn(task, scores)]).toEqual([0.3, 0.8, 0.9]);
  expect([...answeredClasses({}, scores)]).toEqual([0, 0, 1]);
  const examples = ['yes', 'no', 'no'].map((target) => ({ instance: {}, target }));
  expect(measure(task, scores, examples)).toMatchObject({ recall: 1, precision: 0.5, accuracy: 2 / 3 });
});

test('of several labels those at the threshold or above are the answer; it may be none', () => {
  const scores = matrix([0.6, 0.5, 0.1], [0.2, 0.4, 0.49]);
  const task: LearningProblem = { name: 't', type: 'multilabel', labels: ['b', 'a', 'c'] };
  expect(answersTo(task, scores)).toEqual(['a|b', '']);
  expect([...confidencesIn(task, scores)]).toEqual([0.5, 0.51]);
  expect(answersTo({ ...task, threshold: 0.45 }, scores)).toEqual(['a|b', 'c']);
  expect(['a|c', '', 'd', 'a|d', 3].map((target) => isTargetOf(task, target))).toEqual([
    ...[true, true, false, false, false],
  ]);
});

test('a set of labels is one text, whatever their order', () => {
  expect([labelSet(['b', 'a', 'b']), labelSet([]), labelsIn('a|b'), labelsIn('')]).toEqual([
    ...['a|b', '', ['a', 'b'], []],
  ]);
  expect([labelFault('a|b'), labelFault(''), labelFault('a b')]).toEqual([
    ...["'a|b' holds the bar that is between labels", 'a label is empty', undefined],
  ]);
});
