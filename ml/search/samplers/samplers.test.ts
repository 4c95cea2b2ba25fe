import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEARCH_FUNCTIONS } from '../../../test/bench/search-functions.ts';
import { isActive, type Space, spaceSchema, type Values } from '../space.ts';
import { bestOf, type Direction, type Trial } from '../trial.ts';
import { gridPoints } from './grid.ts';
import { type SamplerChoice, samplerOf } from './samplers.ts';

const SPACE = spaceSchema.parse({
  kind: { type: 'categorical', choices: ['sgd', 'adam'] },
  rate: { type: 'log_float', low: 1e-4, high: 1 },
  momentum: { type: 'float', low: 0, high: 0.9, step: 0.3, when: { kind: 'sgd' } },
  nesterov: { type: 'categorical', choices: [true, false], when: { momentum: [0.3, 0.6, 0.9] } },
  depth: { type: 'int', low: 2, high: 10, step: 2 },
  width: { type: 'log_int', low: 3, high: 90 },
  fixed: { type: 'int', low: 7, high: 7 },
});
const CHOICES: readonly SamplerChoice[] = [
  { kind: 'tpe' },
  { kind: 'random' },
  { kind: 'grid', points: 3 },
  { kind: 'population', size: 6 },
];

const STATES = ['completed', 'completed', 'completed', 'pruned', 'failed', 'running'] as const;

/** A search of trials that end in any way. */
function search(choice: SamplerChoice, seed: number, ends: readonly number[], direction: Direction): Trial[] {
  const plan = { space: SPACE, direction, seed, startupTrials: 4 };
  const trials: Trial[] = [];
  for (const [number, end] of ends.entries()) {
    const values = samplerOf(choice)(plan, trials, number);
    if (!values) break;
    const state = STATES[end % STATES.length]!;
    trials.push({
      number,
      values,
      state,
      value: state === 'completed' ? end / 7 : undefined,
      reports: [{ step: 1 + (end % 3), value: end }],
    });
  }
  return trials;
}

function expectWithin(space: Space, values: Values): void {
  for (const parameter of space) {
    const value = values[parameter.name];
    expect(value !== undefined, parameter.name).toBe(isActive(parameter, values));
    if (value === undefined) continue;
    const { domain } = parameter;
    if (domain.type === 'categorical') expect(domain.choices).toContain(value);
    else {
      expect(value).toBeGreaterThanOrEqual(domain.low);
      expect(value).toBeLessThanOrEqual(domain.high);
      if (domain.type.endsWith('int')) expect(value).toSatisfy(Number.isInteger);
      if (domain.type === 'int' && domain.step) expect((Number(value) - domain.low) % domain.step).toBe(0);
    }
  }
}

describe.each(CHOICES)('the sampler $kind', (choice) => {
  const ends = fc.array(fc.nat(100), { minLength: 1, maxLength: 25 });

  test('gives values of the space, and those alone whose condition holds', () => {
    fc.assert(
      fc.property(ends, fc.nat(), fc.constantFrom('minimize', 'maximize'), (given, seed, direction) => {
        for (const { values } of search(choice, seed, given, direction)) expectWithin(SPACE, values);
      }),
      { numRuns: 25 },
    );
  });

  test('gives a trial the same values after a restart', () => {
    const given = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7];
    const whole = search(choice, 42, given, 'minimize');
    expect(search(choice, 42, given, 'minimize')).toEqual(whole);
    expect(search(choice, 42, given.slice(0, 8), 'minimize')).toEqual(whole.slice(0, 8));
    expect(search(choice, 43, given, 'minimize')).not.toEqual(whole);
  });
});

test('a grid tries each combination once, and conditions leave out what has no meaning', () => {
  const small = spaceSchema.parse({
    kind: { type: 'categorical', choices: ['a', 'b'] },
    depth: { type: 'int', low: 1, high: 3 },
    only: { type: 'float', low: 0, high: 1, when: { kind: 'a' } },
  });
  const points = gridPoints(small, 3);
  expect(points).toHaveLength(3 * 3 + 3);
  const plan = { space: small, direction: 'minimize', seed: 1, startupTrials: 1 } as const;
  const tried = Array.from({ length: 13 }, (_, number) =>
    samplerOf({ kind: 'grid', points: 3 })(plan, [], number),
  );
  expect(tried[12]).toBeUndefined();
  expect(new Set(tried.slice(0, 12).map((values) => JSON.stringify(values)))).toEqual(
    new Set(points.map((values) => JSON.stringify(values))),
  );
});

/** The median best over some seeds; test/bench/search.ts compares it with Optuna's. */
function medianBest(name: string, choice: SamplerChoice, trials: number): number {
  const { space, of } = SEARCH_FUNCTIONS[name]!;
  const best = [1, 2, 3, 4, 5].map((seed) => {
    const plan = { space: spaceSchema.parse(space), direction: 'minimize', seed, startupTrials: 10 } as const;
    const done: Trial[] = [];
    for (let number = 0; number < trials; number++) {
      const values = samplerOf(choice)(plan, done, number)!;
      done.push({ number, values, state: 'completed', value: of(values), reports: [] });
    }
    return bestOf(done, 'minimize')!.value;
  });
  return best.sort((a, b) => a - b)[2]!;
}

test('what learns from trials is better than chance after 60 of them', () => {
  const chance = medianBest('mixed', { kind: 'random' }, 60);
  expect(medianBest('mixed', { kind: 'tpe' }, 60)).toBeLessThan(chance / 2);
  expect(medianBest('mixed', { kind: 'population', size: 10 }, 60)).toBeLessThan(chance / 1.5);
});

test('parallel trials keep away from each other', () => {
  const space = spaceSchema.parse({ x: { type: 'float', low: 0, high: 1 } });
  const plan = { space, direction: 'minimize', seed: 5, startupTrials: 5 } as const;
  const done = Array.from({ length: 12 }, (_, number): Trial => {
    const x = number / 12;
    return { number, values: { x }, state: 'completed', value: (x - 0.5) ** 2, reports: [] };
  });
  const running: Trial[] = [];
  for (let number = 12; number < 20; number++) {
    const values = samplerOf({ kind: 'tpe' })(plan, [...done, ...running], number)!;
    running.push({ number, values, state: 'running', reports: [] });
  }
  const places = running.map(({ values }) => Number(values.x)).sort((a, b) => a - b);
  expect(places.at(-1)! - places[0]!).toBeGreaterThan(0.2);
  expect(new Set(places).size).toBe(8);
});
