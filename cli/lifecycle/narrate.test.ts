import { expect, test } from 'vitest';
import type { MonthStory, TrainingStory } from '../../operations/lifecycle/story.ts';
import { widthOf } from '../wrap.ts';
import { driftLine, monthHeading, monthLine, trainingLines } from './narrate.ts';

const page = { width: 80, paint: (_: string, text: string) => text };

const month: MonthStory = {
  month: '2025-01',
  records: 1_097,
  versions: ['v1.0.0', 'v1.1.0', 'v1.2.0'],
  value: 0.8144,
  firstValue: null,
  drift: [],
};

const training: TrainingStory = {
  month: '2025-01',
  cause: 'drift',
  reason: 'confidence: PSI 0.369 (0.064 expected)',
  samples: 3_170,
  seconds: 1.84,
  outcome: 'promoted',
  why: 'accuracy 87.62 % against 87.30 %',
  version: 'v1.2.0',
  measured: {
    samples: 315,
    value: 0.8762,
    rival: { version: 'v1.1.0', value: 0.873 },
    difference: 0.0032,
    interval: [-0.016, 0.022],
    pValue: 0.371,
  },
};

test('a month is a line below its heading, also with many versions', () => {
  expect(monthHeading('accuracy', page)).toBe(
    'month    records  version         accuracy  month by month        v1.0.0',
  );
  expect(monthLine(month, [month, month], 'accuracy', page)).toBe(
    '2025-01    1,097  v1.0.0..v1.2.0    81.4 %  ▅▅                         -',
  );
});

test.each([44, 52, 54, 60, 72, 100])('a month fits a terminal of %i columns', (width) => {
  const months = Array(20).fill({ ...month, firstValue: 0.8 });
  const narrow = { ...page, width };
  expect(monthLine(months[0], months, 'accuracy', narrow).length).toBeLessThanOrEqual(width);
  expect(monthHeading('accuracy', narrow).length).toBeLessThanOrEqual(width);
});

test('drift is told with its limit', () => {
  const measured = { feature: 'confidence', psi: 0.369, limit: 0.25 };
  expect(driftLine({ ...measured, drifted: [] }, page)).toContain('PSI 0.37, limit 0.25: within');
  expect(driftLine({ ...measured, drifted: ['confidence', 'year'] }, page)).toContain(
    'limit 0.25: drifted; year',
  );
});

test('a training is told with its cause, both values, the difference, its interval and the verdict', () => {
  const text = trainingLines(training, 'accuracy', page).join('\n');
  expect(text.replaceAll(/\s+/g, ' ').trim()).toBe(
    'training drift: confidence: PSI 0.369 (0.064 expected) (3,170 samples in all, 1.8 s) ' +
      'v1.2.0: accuracy 87.6 % on 315 test samples, against 87.3 % of v1.1.0: ' +
      '+0.3 points (95 % interval -1.6 to +2.2, p 0.37); promoted',
  );
  expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(80);
});

test.each([
  [
    { measured: null, version: null, outcome: 'failed', why: 'no gradient' },
    'no version: failed, no gradient',
  ],
  [
    { measured: { ...training.measured!, rival: null, difference: null }, why: 'the first version' },
    'v1.2.0: accuracy 87.6 % on 315 test samples; promoted, the first version',
  ],
])('without a rival or a measure it is told why: %o', (changes, expected) =>
  expect(
    trainingLines({ ...training, ...changes }, 'accuracy', page)
      .join('\n')
      .replaceAll(/\s+/g, ' '),
  ).toContain(expected),
);
