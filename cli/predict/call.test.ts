import { expect, test } from 'vitest';
import { exampleOf, predictCall } from './call.ts';

test('a call of predict is one that a shell takes', () => {
  expect(predictCall('m', { note: "it's", seats: 3 })).toBe(
    `npx epochlog predict --model m --instance '{"note":"it'\\''s","seats":3}'`,
  );
  const wide = Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`c${i}`, i]));
  expect(predictCall('m', wide, 'my rows.csv')).toBe(`npx epochlog predict --model m --data 'my rows.csv'`);
  expect(predictCall('m', wide)).toContain('--instance');
});

test('an example has most fields, none that is missing, and of a long text the first words', () => {
  const fields = { title: { type: 'text' }, plan: { type: 'category' } } as const;
  const words = `${'word '.repeat(40)}end`;
  expect(
    exampleOf(
      [
        { title: 'a\nb', plan: null },
        { title: words, plan: 'free' },
      ],
      fields,
    ),
  ).toEqual({ title: 'word '.repeat(24).trim(), plan: 'free' });
  expect(exampleOf([], fields)).toEqual({});
});
