import { describe, expect, test } from 'vitest';
import { type Label, type LabelRule, labelOf, type SampleLabels } from './labels.ts';

const rule = (minimumLabels = 1, labelTies = 'original'): LabelRule => ({ minimumLabels, labelTies });
const of = (votes: readonly Label[], change: Partial<SampleLabels> = {}): SampleLabels => ({
  ...{ original: 'a', corrected: null },
  votes: votes.map((target, i) => ({ annotator: `person ${i}`, target })),
  ...change,
});

describe('the label of a sample in a dataset', () => {
  test.each<[string, SampleLabels, LabelRule, Label | undefined]>([
    ['of its source, where there is no other', of([]), rule(), 'a'],
    ['the corrected one', of([], { corrected: 'b' }), rule(), 'b'],
    ['that of one person', of(['b']), rule(), 'b'],
    ['that of most people', of(['b', 'c', 'b']), rule(), 'b'],
    ['of most, though no majority', of(['b', 'c', 'b', 'd']), rule(), 'b'],
    ['that of people rather than the corrected one', of(['c'], { corrected: 'b' }), rule(), 'c'],
    ['of its source, where too few people have said', of(['b']), rule(2), 'a'],
    ['of its source at a tie', of(['b', 'c']), rule(), 'a'],
    ['the corrected one at a tie', of(['a', 'c'], { corrected: 'b' }), rule(), 'b'],
    ['none at a tie, where ties are excluded', of(['b', 'c']), rule(1, 'excluded'), undefined],
    ['none at a tie, where the source has none', of(['b', 'c'], { original: null }), rule(), undefined],
    [
      'none, where too few have said and the source has none',
      of(['b'], { original: null }),
      rule(2),
      undefined,
    ],
    ['the median of numbers', of([1, 9, 2], { original: 5 }), rule(), 2],
    ['the mean of the two in the middle', of([1, 9, 2, 3], { original: 5 }), rule(), 2.5],
  ])('is %s', (_, labels, by, expected) => {
    expect(labelOf(labels, by)).toBe(expected);
  });
});
