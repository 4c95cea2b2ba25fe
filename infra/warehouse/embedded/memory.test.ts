import { expect, test } from 'vitest';
import { machineMemory, memoryLimits } from './memory.ts';

const GIB = 2 ** 30;

test.each([
  ['1 GB', 1, 0.375],
  ['8 GB', 8, 1],
  ['64 GB', 64, 2],
])('on a machine of %s', (_name, machine, expected) => {
  expect(memoryLimits(machine * GIB).server).toBe(expected * GIB);
});

test('as configured, and never more for a part than for the whole', () => {
  expect(memoryLimits(64 * GIB, GIB)).toEqual({
    server: GIB,
    owner: 0.5 * GIB,
    analyst: Math.floor(0.4 * GIB),
  });
});

test('of this machine is known', () => {
  expect(machineMemory()).toBeGreaterThan(0);
});
