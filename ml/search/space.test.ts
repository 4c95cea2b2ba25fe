import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { completeParameters, engineNamed, engineNames } from '../engines.ts';
import { gridOf } from './domain.ts';
import { objectiveOf, searchFile, sharedParameters } from './file.ts';
import { valuesInUse } from './in-use.ts';

const parse = (text: string) => parseDeclaration('space.yaml', text, searchFile);
const withSpace = (space: string) => `model: m\nspace: { ${space} }`;
const C = 'c: { type: log_float, low: 0.01, high: 10 }';

describe('a search file', () => {
  test('needs a model and a space, and takes the rest by default', () => {
    expect(parse(withSpace(C))).toMatchObject({
      max_evals: 50,
      startup_trials: 10,
      seed: 42,
      parallel_trials: 1,
      sampler: { kind: 'tpe' },
      pruner: { kind: 'median', startup_trials: 5 },
    });
  });

  test('names samplers and pruners, with or without what they need to know', () => {
    const { sampler, pruner, time_limit } = parse(
      `${withSpace(C)}\nsampler: grid\npruner: { kind: percentile, percentile: 25 }\ntime_limit: 90m`,
    );
    expect(sampler).toEqual({ kind: 'grid', points: 5 });
    expect(pruner).toEqual({ kind: 'percentile', percentile: 25, startup_trials: 5, warmup_steps: 3 });
    expect(time_limit).toBe(5_400);
  });

  test('puts each parameter after those that its condition is about', () => {
    const { space } = parse(
      withSpace(
        'd: { type: int, low: 1, high: 2, when: { b: x } }, b: { type: categorical, choices: [x, y], when: { a: true } }, a: { type: categorical, choices: [true, false] }',
      ),
    );
    expect(space.map(({ name }) => name)).toEqual(['a', 'b', 'd']);
    expect(space.map(({ group }) => group)).toEqual(['', 'a=[true]', 'a=[true]&b=["x"]']);
  });

  test.each<[why: string, text: string, error: RegExp]>([
    [
      'an empty range',
      withSpace('c: { type: float, low: 2, high: 1 }'),
      /c\.low is 2, above high, 1: the range is empty/,
    ],
    [
      'a step wider than the range',
      withSpace('c: { type: int, low: 1, high: 3, step: 5 }'),
      /c\.step is 5, wider than/,
    ],
    ['a logarithm of 0', withSpace('c: { type: log_float, low: 0, high: 1 }'), /c\.low is not above 0/],
    ['no choices', withSpace('c: { type: categorical, choices: [] }'), /c\.choices/],
    [
      'a choice twice',
      withSpace('c: { type: categorical, choices: [1, 1] }'),
      /c\.choices names a value twice/,
    ],
    [
      'an unknown type',
      withSpace('c: { type: logfloat, low: 1, high: 2 }'),
      /c\.type is 'logfloat'; did you mean log_float\?/,
    ],
    [
      'an unknown key',
      withSpace('c: { type: int, low: 1, hihg: 2, high: 3 }'),
      /c\.hihg is not known; did you mean high\?/,
    ],
    [
      'a condition on an unknown parameter',
      withSpace(
        `ngram: { type: int, low: 1, high: 2 }, d: { type: int, low: 1, high: 2, when: { ngran: 2 } }`,
      ),
      /d\.when\.ngran is no parameter of the space; did you mean ngram\?/,
    ],
    [
      'a condition that never holds',
      withSpace(
        `a: { type: categorical, choices: [sgd, adam] }, d: { type: int, low: 1, high: 2, when: { a: adm } }`,
      ),
      /d\.when\.a is never "adm", did you mean 'adam'\?/,
    ],
    [
      'a condition on itself',
      withSpace('c: { type: int, low: 1, high: 2, when: { c: 1 } }'),
      /c\.when\.c is the parameter itself/,
    ],
    [
      'conditions in a circle',
      withSpace(
        'a: { type: int, low: 1, high: 2, when: { b: 1 } }, b: { type: int, low: 1, high: 2, when: { a: 1 } }',
      ),
      /a\.when is a circle: a needs b needs a/,
    ],
    ['no parameter', withSpace(''), /space has no parameter/],
    ['no space', 'model: m', /space is missing/],
    ['a misspelt key', `${withSpace(C)}\nmax_eval: 3`, /max_eval is not known; did you mean max_evals\?/],
    ['an unknown sampler', `${withSpace(C)}\nsampler: tpo`, /sampler\.kind is 'tpo'; did you mean tpe\?/],
    [
      'an unknown pruner',
      `${withSpace(C)}\npruner: medain`,
      /pruner\.kind is 'medain'; did you mean median\?/,
    ],
    ['a time that is none', `${withSpace(C)}\ntime_limit: soon`, /time_limit is a time such as 90s/],
  ])('with %s is refused', (_why, text, error) => {
    expect(() => parse(text)).toThrow(error);
  });
});

describe('what an engine cannot train is refused before the first trial', () => {
  const shared =
    (space: string, more = '') =>
    () =>
      sharedParameters(parse(`${withSpace(space)}\n${more}`), 'linear', {});

  test.each<[why: string, given: () => unknown, error: RegExp]>([
    [
      'a parameter that it does not have',
      shared('cc: { type: int, low: 1, high: 2 }'),
      /space\.cc: linear has no parameter 'cc', did you mean 'c'\?/,
    ],
    [
      'a value that it does not take',
      shared('ngram: { type: int, low: 1, high: 3 }'),
      /space\.ngram: ngram is out of range/,
    ],
    [
      'the same in base_config',
      shared(C, 'base_config: { minDF: 3 }'),
      /no parameter 'minDF', did you mean 'minDf'/,
    ],
    ['one that is in both', shared(C, 'base_config: { c: 3 }'), /'c' is in base_config and in space/],
    [
      'a grid of too many points',
      shared(`${C}, minDf: { type: int, low: 1, high: 999 }`, 'sampler: { kind: grid, points: 999 }'),
      /more than 100000 points/,
    ],
  ])('%s', (_why, given, error) => {
    expect(given).toThrow(error);
  });

  test('a metric that no trial reports', () => {
    expect(() => objectiveOf({ objective_metric: 'macroF2' }, 'classification', 'accuracy')).toThrow(
      /no trial reports 'macroF2'.*did you mean macroF1\?/,
    );
    expect(objectiveOf({}, 'regression', 'rmse')).toEqual({ metric: 'rmse', direction: 'minimize' });
  });

  test('a metric of the user without a direction, which nothing else says', () => {
    const asked = { objective_metric: 'custom.cost' };
    expect(() => objectiveOf(asked, 'regression', 'rmse')).toThrow(/custom\.cost .* minimize or maximize/);
    const minimized = { ...asked, direction: 'minimize' } as const;
    expect(objectiveOf(minimized, 'regression', 'rmse')).toEqual({
      ...{ metric: 'custom.cost', direction: 'minimize' },
    });
  });
});

test('a grid has every value of a parameter with few, and so many at equal distances of others', () => {
  expect(gridOf({ type: 'float', low: 0.1, high: 0.5, step: 0.1 }, 9)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  expect(
    gridOf({ type: 'log_float', low: 0.01, high: 100 }, 5).map((each) => Number(Number(each).toPrecision(9))),
  ).toEqual([0.01, 0.1, 1, 10, 100]);
  expect(gridOf({ type: 'int', low: 1, high: 10, step: 4 }, 5)).toEqual([1, 5, 9]);
  expect(gridOf({ type: 'int', low: 3, high: 3 }, 5)).toEqual([3]);
});

test.each(engineNames().filter((name) => engineNamed(name).space))(
  'the space that %s comes with is one, and has its defaults, with which a search begins',
  (name) => {
    const file = parse(JSON.stringify({ model: 'm', space: engineNamed(name).space }));
    expect(() => sharedParameters(file, name, {})).not.toThrow();
    const defaults = completeParameters(name, {});
    const names = file.space.map((parameter) => parameter.name);
    expect(valuesInUse(file.space, defaults)).toEqual(
      Object.fromEntries(names.map((parameter) => [parameter, defaults[parameter]])),
    );
  },
);

const EXAMPLES = join(import.meta.dirname, '../../docs/examples/search');

test.each(readdirSync(EXAMPLES))('the example %s can be searched by the engine that it names', (name) => {
  const text = readFileSync(join(EXAMPLES, name), 'utf8');
  const engine = /engine `(\w+)`/.exec(text)![1]!;
  const file = parse(text);
  expect(() => sharedParameters(file, engine, {})).not.toThrow();
  expect(objectiveOf(file, 'classification', 'accuracy').metric).toBe(file.objective_metric);
});
