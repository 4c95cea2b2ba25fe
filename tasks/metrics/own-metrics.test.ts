import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrapIntervals } from '../../ml/metrics/intervals.ts';
import { weightedNumbers } from '../../ml/metrics/measure.ts';
import { seededRandom } from '../../ml/random.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { ownMeasures, ownMetrics, pairMetric } from './own-metrics.ts';

const ANSWERS = {
  task: { name: 't', type: 'classification' as const, labels: ['a', 'b'] },
  scores: { rows: 3, columns: 2, values: Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4) },
};
const SAMPLES = ['a', 'b', 'b'].map((target, at) => ({
  ...{ id: `s${at}`, target, instance: {}, otherLabels: [], time: null, group: null },
}));

let folder: TemporaryFolder;
let number = 0;
beforeAll(async () => {
  folder = await temporaryFolder('metrics');
});
afterAll(() => folder.remove());

/** What a module with such a body gives. */
async function withModule(body: string, name = 'profit.ts') {
  await using own = await temporaryFolder(`metrics-${number++}`);
  await writeFile(join(own.path, name), body);
  return await ownMetrics(own.path, ANSWERS, SAMPLES);
}

test('a module with one function is a metric, by the name of its file', async () => {
  const body = `export function metric({ actual, predicted, probabilities, labels }: any): number {
    const right = actual.filter((label: string, at: number) => label === predicted[at]).length;
    return right * 10 - probabilities.length - labels.length;
  }`;
  expect(await withModule(body)).toEqual({ 'custom.profit': 15 });
  expect(await ownMetrics(undefined, ANSWERS, SAMPLES)).toEqual({});
});

test('of a module that says what one answer is worth, the metric is the mean', async () => {
  const body = `export const perSample = ({ actual, predicted, probabilities, labels }: any): number =>
    (actual === predicted ? 10 : 0) + probabilities[1] + labels.length;`;
  const values = await withModule(body);
  expect(values['custom.profit']).toBeCloseTo((2 * 10 + 0.1 + 0.8 + 0.4) / 3 + 2, 12);
  await expect(withModule('export const perSample = () => 0 / 0;')).rejects.toThrow(/it gives NaN/);
});

describe('the interval of a metric', () => {
  const random = seededRandom(5);
  const shares = Array.from({ length: 80 }, () => random());
  const scores = { rows: 80, columns: 2, values: Float64Array.from(shares.flatMap((p) => [1 - p, p])) };
  const samples = shares.map((p) => ({ instance: {}, target: random() < p ? 'b' : 'a' }));

  async function measuresOf(body: string) {
    await using own = await temporaryFolder(`metrics-${number++}`);
    await writeFile(join(own.path, 'own.ts'), body);
    return await ownMeasures(own.path, { ...ANSWERS, scores }, samples);
  }

  test.each([
    [
      'macroF1',
      `export const metric = async ({ labels, actual, predicted }: any) =>
        labels.reduce((sum: number, label: string) => {
          const both = actual.filter((own: string, at: number) => own === label && predicted[at] === label).length;
          const either = [...actual, ...predicted].filter((own: string) => own === label).length;
          return sum + (2 * both) / either / labels.length;
        }, 0);`,
    ],
    [
      'logLoss',
      `export const perSample = ({ labels, actual, probabilities }: any) =>
        -Math.log(probabilities[labels.indexOf(actual)]);`,
    ],
  ])('is that of our own %s, where it computes the same', async (name, body) => {
    const numbers = weightedNumbers(ANSWERS.task, scores, samples);
    const { lower, upper } = await bootstrapIntervals(numbers, samples.length);
    const own = await measuresOf(body);
    expect(own.values['custom.own']).toBeCloseTo(numbers(new Float64Array(80).fill(1))[name]!, 12);
    expect(own.lower['custom.own']).toBeCloseTo(lower[name]!, 12);
    expect(own.upper['custom.own']).toBeCloseTo(upper[name]!, 12);
    expect(own.upper['custom.own']! - own.lower['custom.own']!).toBeGreaterThan(0.05);
  });

  test.each([
    [
      'gives no number for most resamples',
      'let asked = 0; export const metric = () => (asked++ < 99 ? 1 : 0 / 0);',
    ],
    [
      'throws for most of them',
      `let asked = 0; export const metric = () => { if (asked++ > 98) throw new Error('late'); return 1; };`,
    ],
    ['ends its thread', 'let asked = 0; export const metric = () => (asked++ > 0 ? process.exit(1) : 1);'],
  ])('is missing where it %s, and the value is there', async (_, body) => {
    expect(await measuresOf(body)).toEqual({ values: { 'custom.own': 1 }, lower: {}, upper: {} });
  });

  test('is there where it fails for a few resamples', async () => {
    const body = 'let asked = 0; export const metric = () => (asked++ < 120 ? asked : 0 / 0);';
    const { lower, upper } = await measuresOf(body);
    expect(lower['custom.own']).toBeCloseTo(2 + 0.025 * 118, 12);
    expect(upper['custom.own']).toBeCloseTo(2 + 0.975 * 118, 12);
  });
});

describe('for an experiment', () => {
  /** The table of a module with such a body. */
  async function tableOf(body: string, asked = 'custom.profit') {
    await using own = await temporaryFolder(`metrics-${number++}`);
    await writeFile(join(own.path, 'profit.ts'), body);
    return await pairMetric(own.path, asked, ['a', 'b']);
  }

  test('a metric is the value of each pair of labels, and which one is better', async () => {
    const body = `export const better = 'lower';
      export const perSample = ({ actual, predicted }: any) => actual === predicted ? 0 : actual === 'b' ? 500 : 20;`;
    expect(await tableOf(body)).toEqual({
      better: 'lower',
      values: [
        { actual: 'a', predicted: 'a', value: 0 },
        { actual: 'a', predicted: 'b', value: 20 },
        { actual: 'b', predicted: 'a', value: 500 },
        { actual: 'b', predicted: 'b', value: 0 },
      ],
    });
  });

  test.each([
    ['says nothing of one answer', 'export const metric = () => 1;', /no function `perSample`/],
    [
      'does not say which value is better',
      'export const perSample = () => 1;',
      /export const better = 'lower'/,
    ],
    [
      'needs the probabilities',
      `export const better = 'higher'; export const perSample = ({ probabilities }: any) => probabilities[0];`,
      /it reads probabilities, which an experiment does not have/,
    ],
    [
      'gives no number for a pair',
      `export const better = 'higher'; export const perSample = ({ actual }: any) => (actual === 'a' ? 1 : 1 / 0);`,
      /it gives Infinity where a is answered, and b is right/,
    ],
  ])('a metric that %s is refused', (_, body, reason) => expect(tableOf(body)).rejects.toThrow(reason));

  test('a metric that is not there is refused, with the one that may be meant', async () => {
    await expect(tableOf('', 'custom.prfit')).rejects.toThrow(/did you mean custom\.profit\?/);
    await expect(pairMetric(undefined, 'custom.profit', ['a'])).rejects.toThrow(/EPOCHLOG_METRICS/);
  });
});

test.each([
  [
    'throws',
    `export const metric = () => { throw new Error('no cost for b'); };`,
    /profit\.ts cannot be used: it throws: no cost for b/,
  ],
  [
    'gives NaN',
    'export const metric = () => 0 / 0;',
    /profit\.ts .* it gives NaN: a metric must give a finite number/,
  ],
  ['gives a text', `export const metric = () => 'high';`, /it gives high/],
  ['is no function', 'export const metrics = 1;', /it exports no function `metric` or `perSample`/],
  ['is no module', 'export const metric = (', /it throws: /],
  ['exits', 'process.exit(3); export const metric = () => 1;', /it ended with 3/],
])('a metric that %s is refused, and says why', (_, body, reason) =>
  expect(withModule(body)).rejects.toThrow(reason),
);

test('a folder that is not there, and a file without a proper name, are refused', async () => {
  await expect(ownMetrics(join(folder.path, 'none'), ANSWERS, SAMPLES)).rejects.toThrow(/no such folder/);
  await expect(withModule('export const metric = () => 1;', 'my metric.js')).rejects.toThrow(
    /letters, digits/,
  );
});
