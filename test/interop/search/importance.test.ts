import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importances } from '../../../ml/search/importance.ts';
import { spaceSchema, type Values } from '../../../ml/search/space.ts';
import type { Direction, Trial } from '../../../ml/search/trial.ts';

interface Case {
  readonly space: unknown;
  readonly direction: Direction;
  readonly trials: readonly { readonly values: Values; readonly value: number }[];
  readonly importances: Readonly<Record<string, number>>;
}

/** importance.json is what importance.py printed; importance.python.test.ts runs that again. */
const cases: readonly Case[] = JSON.parse(readFileSync(join(import.meta.dirname, 'importance.json'), 'utf8'));

test('importance equals that of Optuna', () => {
  for (const { space, direction, trials, importances: expected } of cases) {
    const done = trials.map(
      (trial, number): Trial => ({ ...trial, number, state: 'completed', reports: [] }),
    );
    const actual = importances(spaceSchema.parse(space), done, direction);
    expect(actual.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
    for (const { name, share } of actual) {
      expect(share, `${name} of ${trials.length} trials`).toBeCloseTo(expected[name]!, 6);
    }
  }
});
