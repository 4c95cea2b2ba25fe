import { expect, test } from 'vitest';
import { CHANGES } from '../test/interop/schema-changes.ts';
import { faultsBetween } from './compatibility.ts';

test.each(CHANGES)('$what', ({ before, now, faults }) => {
  expect([...new Set(before.flatMap((version) => faultsBetween(version, now)))]).toEqual(faults);
});
