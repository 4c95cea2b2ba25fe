import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derivedId, newId } from './ids.ts';

const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

test('a new id is a UUIDv7 that carries its time and sorts by it', () => {
  const [earlier, later] = [newId(1_700_000_000_000), newId(1_700_000_000_001)];
  expect(earlier).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(timeOf(earlier)).toBe(1_700_000_000_000);
  expect(earlier < later).toBe(true);
});

test('a derived id is the same each time, differs by cause, service and index, and keeps the time of its cause', () => {
  const cause = newId(1_700_000_000_000);
  expect(derivedId(cause, 'curator', 0)).toBe(derivedId(cause, 'curator', 0));
  expect(derivedId(cause, 'curator', 0)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(timeOf(derivedId(derivedId(cause, 'curator', 3), 'sealer', 1))).toBe(timeOf(cause));
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), (i, j) => {
      expect(derivedId(cause, 'curator', i) === derivedId(cause, 'curator', j)).toBe(i === j);
      expect(derivedId(cause, 'curator', i)).not.toBe(derivedId(cause, 'sealer', i));
    }),
  );
});
