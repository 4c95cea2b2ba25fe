import { describe, expect, test } from 'vitest';
import { functions } from './functions.ts';
import golden from './golden.json' with { type: 'json' };

type Expected = number | readonly Expected[] | { readonly [key: string]: Expected };

/** golden.json is what golden.py printed; golden.python.test.ts runs that again. */
const byFunction = Map.groupBy(golden as readonly Case[], (one) => one.function);

interface Case {
  readonly function: keyof typeof functions;
  readonly arguments: readonly unknown[];
  readonly expected: Expected;
}

const TOLERANCE: Partial<Record<keyof typeof functions, number>> = {
  proportionBelief: 1e-8,
};

describe('equals SciPy, statsmodels and gbstats', () => {
  test.each([...byFunction])('%s', (name, cases) => {
    const implementation: (...parameters: never[]) => unknown = functions[name];
    for (const { arguments: parameters, expected } of cases) {
      const actual = implementation(...(parameters as never[]));
      expectClose(actual, expected, TOLERANCE[name] ?? 1e-9, `${name}(${JSON.stringify(parameters)})`);
    }
  });
});

/** Numbers within a relative tolerance; of an object, those that are expected. */
function expectClose(actual: unknown, expected: Expected, tolerance: number, what: string): void {
  if (typeof expected === 'number') {
    const distance = Math.abs(Number(actual) - expected) / (Math.abs(expected) || 1);
    expect(distance, `${what}: ${actual}, not ${expected}`).toBeLessThan(tolerance);
    return;
  }
  for (const [key, value] of Object.entries(expected)) {
    expectClose(Object(actual)[key], value, tolerance, `${what}.${key}`);
  }
}
