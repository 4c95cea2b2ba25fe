import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShrinkingSteps } from './shrinking-steps.ts';

const finite = (max: number) => fc.double({ min: -max, max, noNaN: true });

test('many steps at once are as many steps one by one, on whichever side of 0', () => {
  fc.assert(
    fc.property(
      finite(3),
      finite(2),
      fc.record({
        l1: fc.double({ min: 0, max: 1, noNaN: true }),
        l2: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.integer({ min: 1, max: 60 }),
      (weight, gradient, strengths, count) => {
        const steps = new ShrinkingSteps(0.1, strengths, 60);
        let expected = weight;
        for (let step = 0; step < count; step++) expected = steps.next(expected, gradient);
        expect(steps.after(weight, gradient, count)).toBeCloseTo(expected, 9);
      },
    ),
    { numRuns: 2_000 },
  );
});
