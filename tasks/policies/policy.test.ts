import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, parsePolicy } from './policy.ts';

const parsed = (file: string) => parsePolicy('p.yaml', file, 'classification');

test('what a file leaves out is as the default has it', () => {
  const { version: _, file, ...sections } = DEFAULT_POLICY;
  expect(parsed('')).toEqual(sections);
  expect(parsed(file)).toEqual(sections);
  const given = parsed(
    'promotion: { margin: 0.1, gates: { logLoss: { maximum: 1 } } }\nretraining: { coolDown: 90m }\n',
  );
  expect(given.promotion).toEqual({
    ...sections.promotion,
    margin: 0.1,
    gates: [
      {
        ...{ metric: 'logLoss', minimum: null, maximum: 1, ofBaseline: null, regression: null },
        ...{ level: 'critical', targets: [] },
      },
    ],
  });
  expect(given.retraining).toEqual({ ...sections.retraining, coolDown: 90 * 60_000 });
  expect(given.drift).toEqual(sections.drift);
});

describe('a policy is refused, with the line and what to do, that has', () => {
  test.each([
    [
      'an unknown key',
      'promotion:\n  margn: 1\n',
      /p\.yaml:2: promotion\.margn is not known; did you mean margin\?/,
    ],
    ['a margin of text', 'promotion:\n  margin: lots\n', /p\.yaml:2: promotion\.margin must be a number/],
    ['a metric that there is not', 'promotion: { metric: acuracy }', /is no metric: did you mean accuracy\?/],
    [
      'a metric of numbers',
      'promotion: { metric: rmse }',
      /rmse does not measure classes; there are: accuracy/,
    ],
    [
      'a gate on such a metric',
      'promotion: { gates: { mae: { maximum: 1 } } }',
      /gates\.mae mae does not measure/,
    ],
    [
      'a gate that compares by a metric of the user',
      'promotion: { gates: { custom.cost: { regression: 1 } } }',
      /custom\.cost is a metric of yours.*bound it by minimum or maximum/,
    ],
    [
      'a gate without a bound',
      'promotion: { gates: { accuracy: {} } }',
      /accuracy needs a minimum or a maximum/,
    ],
    [
      'a direction that is wrong',
      'promotion: { metric: logLoss, direction: higher }',
      /of logLoss lower is better/,
    ],
    [
      'a test of a metric without losses',
      'promotion: { metric: macroF1, significance: 0.1 }',
      /no paired test of it/,
    ],
    ['a duration of words', 'retraining: { coolDown: 3 days }', /such as 30d, 12h, 90m or 45s/],
    ['no test split', 'training: { trainFraction: 0.9 }', /leave a split empty/],
    ['a strategy that there is not', 'rollout: { strategy: yellow }', /rollout\.strategy .*blue-green/],
    ['stages at once', 'rollout: { stages: [5, 100] }', /has no meaning with the strategy immediate/],
    [
      'a candidate that may not be as slow',
      'rollout: { latencyRatio: 0.9 }',
      /latencyRatio takes at least 1, not 0\.9/,
    ],
  ])('%s', (_, file, message) => expect(() => parsed(file)).toThrow(message));

  test('a stage that goes backwards', () => {
    const file = 'rollout:\n  strategy: canary\n  stages: [5, 25, 10]\n';
    expect(() => parsed(file)).toThrow(
      /^p\.yaml:3: rollout\.stages\.2 goes backwards: 10 after 25; each stage must/,
    );
  });
});

test('the metrics are those of the type of the target', () => {
  expect(
    parsePolicy('p', 'promotion: { metric: mae, significance: 0.05 }', 'regression').promotion.metric,
  ).toBe('mae');
  expect(() => parsePolicy('p', 'promotion: { metric: accuracy }', 'regression')).toThrow(
    /does not measure a number/,
  );
});
