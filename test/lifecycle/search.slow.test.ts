import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { searchFile, sharedParameters } from '../../ml/search/file.ts';
import { shippedModels } from '../../tasks/models.ts';
import { answer, run } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { runGuide } from '../harness/guide.ts';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples/search');

test('the guide leads to the best hyperparameters, and `--train` to a version with them', async () => {
  await using folder = await temporaryFolder('search');
  await cp(EXAMPLES, join(folder.path, 'docs/examples/search'), { recursive: true });
  const home = join(folder.path, 'home');
  const said = await runGuide({ name: 'search', home, cwd: folder.path, url: '' });
  expect([...said.values()].join('\n')).toMatch(/trial 20 [\s\S]*search first ended: it had 20 trials/);
  expect(await readFile(join(folder.path, 'first.html'), 'utf8')).toContain('first: parallel coordinates');
  expect(await readFile(join(folder.path, 'importance.svg'), 'utf8')).toContain('<svg');
  const shown = await answer<{ ended: { params: object } }>(home, ['search', 'show', 'first']);
  expect(Object.keys(shown.ended.params).sort()).toEqual(['l2', 'learningRate', 'maxLeaves', 'minLeaf']);
  expect([...said.values()].at(-1)).toMatch(/v1\.0\.0: promoted/);

  await writeFile(
    join(folder.path, 'small.yaml'),
    'model: account-health\nmax_evals: 1\nspace: { minLeaf: { type: int, low: 5, high: 9 } }',
  );
  const trained = await run(home, ['search', 'run', join(folder.path, 'small.yaml'), '--train']);
  expect(trained.stdout).toMatch(/best: trial 1[\s\S]*v1\.1\.0: (promoted|refused)/);
});

test.each(['text.yaml', 'trees.yaml'])('the example %s is one that its engine can search', async (name) => {
  const settings = parseDeclaration(name, await readFile(join(EXAMPLES, name), 'utf8'), searchFile);
  const { engine, parameters } = (await shippedModels()).get(settings.model)!;
  expect(() => sharedParameters(settings, engine, parameters)).not.toThrow();
});
