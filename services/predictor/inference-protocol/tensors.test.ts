import { describe, expect, test } from 'vitest';
import type { InstanceSchema } from '../../../ml/instance/schema.ts';
import type { LearningProblem } from '../../../ml/problem.ts';
import { inputsOf, instancesIn, MAX_INSTANCES, outputsFor, outputsOf } from './tensors.ts';

const SCHEMA: InstanceSchema = {
  fields: { title: { type: 'text' }, seats: { type: 'number' }, night: { type: 'boolean' } },
};
const TASK: LearningProblem = { name: 'flights', type: 'classification', labels: ['late', 'on time'] };
const tensor = (name: string, datatype: string, data: readonly unknown[], shape = [data.length]) => ({
  ...{ name, datatype, data, shape },
});

describe('inputs', () => {
  test('are the fields of the instance, as tensors of one value for each', () => {
    expect(inputsOf(SCHEMA)).toEqual([
      { name: 'title', datatype: 'BYTES', shape: [-1] },
      { name: 'seats', datatype: 'FP64', shape: [-1] },
      { name: 'night', datatype: 'BOOL', shape: [-1] },
    ]);
    const inputs = [
      tensor('seats', 'INT32', [[150], [null]], [2, 1]),
      tensor('night', 'BOOL', [true, false]),
    ];
    expect(instancesIn(inputs, SCHEMA)).toEqual([
      { seats: 150, night: true },
      { seats: null, night: false },
    ]);
  });

  test.each([
    ['of another name', [tensor('seat', 'FP64', [1])], "there is no input 'seat', did you mean 'seats'?"],
    ['twice', [tensor('seats', 'FP64', [1]), tensor('seats', 'FP64', [1])], "there are two inputs 'seats'"],
    [
      'of another datatype',
      [tensor('seats', 'BYTES', ['1'])],
      'the input seats is of datatype FP64 or FP32, not BYTES',
    ],
    [
      'of another shape',
      [tensor('seats', 'FP64', [1], [1, 2])],
      'has the shape [1, 2]: it must be [n], or [n, 1]',
    ],
    [
      'with fewer values',
      [tensor('seats', 'FP64', [1], [2])],
      'the input seats has 1 values, and its shape says 2',
    ],
    [
      'of different lengths',
      [tensor('seats', 'FP64', [1]), tensor('title', 'BYTES', ['a', 'b'])],
      'seats is of 1 instances, and title of 2',
    ],
    ['too many', [tensor('seats', 'FP64', Array(MAX_INSTANCES + 1).fill(1))], 'send at most 512 at once'],
  ])('%s are refused', (_, inputs, message) => {
    expect(() => instancesIn(inputs, SCHEMA)).toThrow(message);
  });
});

describe('outputs', () => {
  const answers = [
    { requestId: 'a', prediction: { label: 'late', value: null, scores: { 'on time': 0.25, late: 0.75 } } },
    { requestId: 'b', prediction: { label: 'on time', value: null, scores: { 'on time': 1, late: 0 } } },
  ];

  test('are the label, the probabilities in the order of the labels, and the id for outcomes', () => {
    expect(outputsOf(TASK)[1]).toMatchObject({ shape: [-1, 2], parameters: { labels: ['late', 'on time'] } });
    expect(outputsFor(answers, TASK)).toEqual([
      tensor('label', 'BYTES', ['late', 'on time']),
      tensor('probabilities', 'FP64', [0.75, 0.25, 0, 1], [2, 2]),
      tensor('request_id', 'BYTES', ['a', 'b']),
    ]);
  });

  test('are those that are asked for; of a regression the value', () => {
    expect(outputsFor(answers, TASK, [{ name: 'label' }]).map(({ name }) => name)).toEqual(['label']);
    expect(() => outputsFor(answers, TASK, [{ name: 'labels' }])).toThrow("did you mean 'label'?");
    const number = [{ requestId: 'c', prediction: { label: null, value: 4.5, scores: {} } }];
    expect(outputsFor(number, { name: 'delay', type: 'regression' }, [{ name: 'value' }])).toEqual([
      tensor('value', 'FP64', [4.5]),
    ]);
  });
});
