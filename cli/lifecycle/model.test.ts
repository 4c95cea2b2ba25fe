import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { modelFor, NOTHING_DECLARED } from './model.ts';

test('a model that expects statistics of the records before is refused before anything is trained', async () => {
  await using folder = await temporaryFolder('model');
  const file = join(folder.path, 'model.yaml');
  const model = 'model: m\ntask: account-health\nengine: trees\n';
  await writeFile(file, model);
  expect((await modelFor(NOTHING_DECLARED, file)).model).toBe('m');
  await writeFile(file, `${model}features:\n  - rolling: { column: seats, by: plan, statistics: [mean] }\n`);
  await expect(modelFor(NOTHING_DECLARED, file)).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringMatching(
      /^m expects seats_mean_last_7_by_plan with each prediction, .*: leave 'features' out/,
    ),
  });
});
