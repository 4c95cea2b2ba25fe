import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFolder } from '../../cli/import/check.ts';
import { loadTasks } from '../../tasks/load.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { FIXTURE, makeModel, predictions } from './external-model.ts';
import { largestDifference } from './package-scores.ts';

test("the guide's model of scikit-learn is a package that predicts the same, and so is the one in the repository", async () => {
  await using folder = await temporaryFolder('sklearn');
  const expected = await makeModel(folder.path);
  const context = { model: 'health-forest', tasks: await loadTasks(), datasets: new Map() };
  const { files } = await checkFolder(join(folder.path, 'forest'), context);
  expect(await largestDifference(files, expected)).toBeLessThan(1e-5);

  const kept = predictions.parse(JSON.parse(await readFile(join(FIXTURE, 'predictions.json'), 'utf8')));
  expect(kept.map(({ instance }) => instance)).toEqual(expected.map(({ instance }) => instance));
  expect(await largestDifference(files, kept)).toBeLessThan(1e-5);
});
