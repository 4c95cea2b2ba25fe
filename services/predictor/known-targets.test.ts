import { expect, test } from 'vitest';
import { KnownTargets } from './known-targets.ts';

const classes = (...labels: string[]) => ({ name: 'task', type: 'classification', labels }) as const;
const score = { name: 'score', type: 'regression', unit: 'points', minimum: 0, maximum: 100 } as const;

test('a label is one of the model that answered, in any of its versions', () => {
  const targets = new KnownTargets(2);
  targets.learn('birds', classes('wren', 'owl'));
  targets.learn('birds', classes('owl', 'crow'));
  targets.learn('boats', classes('ketch'));
  targets.answered('r1', 'birds');
  expect(['wren', 'crow'].map((label) => targets.whyUnfit('r1', { label }))).toEqual([undefined, undefined]);
  expect(targets.whyUnfit('r1', { label: 'ketch' })).toBe(
    "'ketch' is no label of birds; there are crow, owl, wren",
  );
  expect(targets.whyUnfit('r1', { value: 3 })).toBe(
    '3 is a number, but birds answers with a label: give "label", one of crow, owl, wren',
  );
});

test('of a request that is not known, it fits any model; without a model it may be anything', () => {
  const targets = new KnownTargets(2);
  expect(targets.whyUnfit('r1', { label: 'ketch' })).toBeUndefined();
  targets.learn('birds', classes('wren'));
  targets.learn('boats', classes('ketch'));
  expect(targets.whyUnfit('r1', { label: 'ketch' })).toBeUndefined();
  expect(targets.whyUnfit('r1', { label: 'oak' })).toContain("'oak' is no label of any model");
  for (const id of ['r1', 'r2', 'r3']) targets.answered(id, 'birds');
  expect(targets.whyUnfit('r1', { label: 'ketch' })).toBeUndefined(); // forgotten: only the latest two are known
  expect(targets.whyUnfit('r3', { label: 'ketch' })).toContain('birds');
});

test('a number is within the range of the target', () => {
  const targets = new KnownTargets(2);
  targets.learn('ads', score);
  targets.answered('r1', 'ads');
  expect([0, 100].map((value) => targets.whyUnfit('r1', { value }))).toEqual([undefined, undefined]);
  expect(targets.whyUnfit('r1', { value: 100.5 })).toBe(
    '100.5 is no answer of ads: it is a number at least 0 and at most 100 (points)',
  );
  expect(targets.whyUnfit('r1', { label: 'good' })).toBe(
    '\'good\' is a label, but ads answers with a number: give "value"',
  );
});
