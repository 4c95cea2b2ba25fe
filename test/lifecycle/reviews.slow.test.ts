import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as command from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';

/** A model whose policy asks for an approval, by command alone. */

const MODEL = `model: health
task: account-health
engine: trees
parameters: { maxRounds: 20 }
`;

test('a training says which review its version waits for, and the model can be trained again when changes are requested', async () => {
  await using folder = await temporaryFolder('reviews');
  const home = join(folder.path, 'home');
  const said = (...args: string[]) => command.text(home, args);
  await writeFile(join(folder.path, 'model.yaml'), MODEL);
  await writeFile(join(folder.path, 'policy.yaml'), 'review: { approvals: 1 }\n');
  await said('model', 'declare', join(folder.path, 'model.yaml'));
  await said('model', 'policy', 'health', join(folder.path, 'policy.yaml'));
  await said('collect', '--task', 'account-health', '--generate', '600');
  const waits =
    /\nv1\.0\.0: waits for its review .*: `epochlog review approve health-r1-review --by NAME`\n$/;
  expect(await said('train', '--model', 'health')).toMatch(waits);
  const { code, stderr } = await command.run(home, ['train', '--model', 'health']);
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/health-t1 is running .*; v1\.0\.0 of it waits for its review/),
  ]);
  await said('review', 'reject', 'health-r1-review', '--by', 'grace', '--comment', 'too few rows');
  expect(await said('train', '--model', 'health')).toMatch(/\nv1\.1\.0: waits for its review/);
  expect(await command.answers(home, ['events', '--type', 'TrainingPlanConcluded'])).toMatchObject([
    { data: { planId: 'health-t1', outcome: 'refused', version: 'v1.0.0', reason: 'grace: too few rows' } },
  ]);
});
