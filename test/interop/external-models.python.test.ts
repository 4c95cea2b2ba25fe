import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFolder } from '../../cli/import/check.ts';
import { loadTasks } from '../../tasks/load.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { FIXTURE, makeModel, predictions } from './external-model.ts';
import { largestDifference } from './package-scores.ts';

const contextOf = async (model: string) => ({ model, tasks: await loadTasks(), datasets: new Map() });

test("the guide's model of scikit-learn is a package that predicts the same, and so is the one in the repository", async () => {
  await using folder = await temporaryFolder('sklearn');
  const expected = await makeModel('forest', folder.path);
  const { files } = await checkFolder(join(folder.path, 'forest'), await contextOf('health-forest'));
  expect(await largestDifference(files, expected)).toBeLessThan(1e-5);

  const kept = predictions.parse(JSON.parse(await readFile(join(FIXTURE, 'predictions.json'), 'utf8')));
  expect(kept.map(({ instance }) => instance)).toEqual(expected.map(({ instance }) => instance));
  expect(await largestDifference(files, kept)).toBeLessThan(1e-5);
});

test("the guide's model of XGBoost, of a number, is a package that predicts the same", async () => {
  await using folder = await temporaryFolder('xgboost');
  const expected = await makeModel('boost', folder.path);
  const { files } = await checkFolder(join(folder.path, 'boost'), await contextOf('ad-boost'));
  expect(expected.some(({ instance }) => Object.values(instance).includes(null))).toBe(true); // a missing number
  expect(await largestDifference(files, expected)).toBeLessThan(1e-3); // of 100
});
