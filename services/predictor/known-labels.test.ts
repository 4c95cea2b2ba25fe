import { expect, test } from 'vitest';
import { KnownLabels } from './known-labels.ts';

test('a label is one of the model that answered, in any of its versions', () => {
  const labels = new KnownLabels(2);
  labels.learn('birds', ['wren', 'owl']);
  labels.learn('birds', ['owl', 'crow']);
  labels.learn('boats', ['ketch']);
  labels.answered('r1', 'birds');
  expect(['wren', 'crow'].map((label) => labels.whyUnknown('r1', label))).toEqual([undefined, undefined]);
  expect(labels.whyUnknown('r1', 'ketch')).toBe("'ketch' is no label of birds; there are crow, owl, wren");
});

test('of a request that is not known, it is one of any model; without a model it may be any', () => {
  const labels = new KnownLabels(2);
  expect(labels.whyUnknown('r1', 'ketch')).toBeUndefined();
  labels.learn('birds', ['wren']);
  labels.learn('boats', ['ketch']);
  expect(labels.whyUnknown('r1', 'ketch')).toBeUndefined();
  expect(labels.whyUnknown('r1', 'oak')).toContain("'oak' is no label of any model");
  for (const id of ['r1', 'r2', 'r3']) labels.answered(id, 'birds');
  expect(labels.whyUnknown('r1', 'ketch')).toBeUndefined(); // forgotten: only the latest two are known
  expect(labels.whyUnknown('r3', 'ketch')).toContain('birds');
});
