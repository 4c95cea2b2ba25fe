import { expect, test } from 'vitest';
import { isOlder, type Revision } from './revision.ts';

const of = (revision: number | null, revisedAt: string | null = null): Revision => ({ revision, revisedAt });

test.each([
  ['numbers', of(2), of(10), true],
  ['equal numbers', of(2), of(2), false],
  ['numbers before days', of(3, '2024-01-01'), of(2, '2024-05-01'), false],
  ['days where one has no number', of(null, '2024-01-31'), of(2, '2024-02-01T10:00:00Z'), true],
  ['one day, one of them an instant', of(null, '2024-02-01'), of(2, '2024-02-01T10:00:00Z'), false],
  ['a number and a day', of(1), of(null, '2024-02-01'), false],
  ['nothing that is known', undefined, of(2), false],
])('revisions are compared by %s', (_, one, other, older) => {
  expect(isOlder(one, other)).toBe(older);
  if (older) expect(isOlder(other, one)).toBe(false);
});
