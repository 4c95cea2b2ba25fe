import { expect, test } from 'vitest';
import type { DatasetHeader, DatasetSample } from './format.ts';
import { assertTrainable } from './trainable.ts';

const HEADER: DatasetHeader = {
  task: { name: 'topics', type: 'classification', labels: ['birds', 'boats'] },
  schema: {
    fields: { title: { type: 'text' }, body: { type: 'text' }, names: { type: 'text', optIn: true } },
  },
};
const WORDS = 'one two three four five six seven';

const sample = (id: string, body: string, target: string | number = 'birds'): DatasetSample => ({
  ...{ id, target, split: 'train', otherLabels: [], time: null, group: null },
  instance: { title: 'three more words', body, names: 'a b c d e f g h i j' },
});

test('samples with ten words and a label of the task are learnt from', () => {
  expect(() => assertTrainable(HEADER, [sample('a', WORDS), sample('b', WORDS, 'boats')])).not.toThrow();
});

test('texts that are too short and labels that are not in the set are listed by index and id', () => {
  const samples = [
    sample('good', WORDS),
    sample('short', 'one two three four five six'), // nine words with its title; names that only some models read do not count
    sample('strange', WORDS, 'boots'),
    sample('both', '', 'books'),
  ];
  expect(() => assertTrainable(HEADER, samples)).toThrow(
    /fewer than 10 words at 1 \(short\), 3 \(both\); a label that is not in the set at 2 \(strange\), 3 \(both\)\. Correct/,
  );
});

test('a task that takes shorter texts has its own minimum, a longer one of a task is not asked for again', () => {
  const ofTask = (minimumWords: number) => ({ ...HEADER, schema: { ...HEADER.schema, minimumWords } });
  const short = [sample('four', 'one')];
  expect(() => assertTrainable(ofTask(4), short)).not.toThrow();
  expect(() => assertTrainable(ofTask(5), short)).toThrow(/fewer than 5 words at 0 \(four\)/);
  expect(() => assertTrainable(ofTask(50), [sample('ten', WORDS)])).not.toThrow();
});

test('of many the first twenty are listed, with how many more there are', () => {
  const samples = Array.from({ length: 25 }, (_, at) => sample(`s${at}`, ''));
  expect(() => assertTrainable(HEADER, samples)).toThrow(/19 \(s19\) and 5 more\. Correct/);
});

test('a number out of the range of the task is listed', () => {
  const header: DatasetHeader = {
    task: { name: 'scores', type: 'regression', minimum: 0, maximum: 10 },
    schema: { fields: { age: { type: 'number' } } },
  };
  const rows = [sample('in', '', 10), sample('out', '', 10.5)];
  expect(() => assertTrainable(header, rows)).toThrow(/a number out of the range at 1 \(out\)/);
});
