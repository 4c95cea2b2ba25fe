import { expect, test } from 'vitest';
import { difference } from './measurements.ts';

test('numbers are the same to 1e-9, and everything else exactly', () => {
  const rows = [{ variant: 'candidate', sum: 1_000.5, buckets: [1, 2] }];
  expect(difference(rows, structuredClone(rows), 'rows')).toBeNull();
  expect(difference(rows, [{ ...rows[0], sum: 1_000.5 + 1e-8 }], 'rows')).toBeNull();
  expect(difference(rows, [{ ...rows[0], sum: 1_000.501 }], 'rows')).toBe(
    'rows.0.sum was 1000.5 and is 1000.501',
  );
  expect(difference(rows, [{ ...rows[0], variant: null }], 'rows')).toMatch(
    /rows\.0\.variant was "candidate"/,
  );
  expect(difference(rows, [{ ...rows[0], buckets: [1] }], 'rows')).toMatch(
    /buckets\.1 was 2 and is undefined/,
  );
  expect(difference(rows, [], 'rows')).toMatch(/rows\.0 was .* and is undefined/);
});
