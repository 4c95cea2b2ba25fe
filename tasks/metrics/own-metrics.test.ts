import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { ownMetrics, pairMetric } from './own-metrics.ts';

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
