import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { ownMetrics } from './own-metrics.ts';

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
  ['is no function', 'export const metrics = 1;', /it exports no function `metric`/],
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
