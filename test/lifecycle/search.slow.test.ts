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

test('`--optimize` that finds nothing better trains with the hyperparameters that an earlier search has found', async () => {
  await using folder = await temporaryFolder('optimize');
  const home = join(folder.path, 'home');
  const file = async (name: string, text: string) => {
    await writeFile(join(folder.path, name), text);
    return join(folder.path, name);
  };
  const space = 'space: { learningRate: { type: log_float, low: 0.001, high: 0.5 } }';
  const health = await readFile(join(import.meta.dirname, '../../tasks/account-health/model.yaml'), 'utf8');
  const slow = health
    .replace(/^model: .*/m, 'model: slow')
    .concat('\nparameters: { learningRate: 0.001, maxRounds: 5 }\n');
  await answer(home, ['collect', '--task', 'account-health', '--generate', '900']);
  await answer(home, ['model', 'declare', await file('slow.yaml', slow)]);
  await answer(home, ['dataset', 'seal', '--model', 'slow']);
  const search = await file('space.yaml', `model: slow\nobjective_metric: logLoss\nmax_evals: 4\n${space}`);
  await answer(home, ['search', 'run', search, '--id', 'first']);
  const adopted = await answer<{ data: { params: { learningRate: number } } }>(home, [
    'search',
    'adopt',
    'first',
  ]);
  expect(adopted.data.params.learningRate).toBeGreaterThan(0.001);

  const one = await file('one.yaml', `model: slow\nmax_evals: 1\n${space}`);
  const { stdout } = await run(home, ['train', '--model', 'slow', '--optimize', one]);
  expect(stdout).toContain('those in use stay: the parameters in use are the best of slow-s1 already');
  expect(stdout).not.toContain('next: npx epochlog search adopt'); // it has been tried
  const runId = /run (\S+): training with trees/.exec(stdout)![1]!;
  const shown = await answer<{ params: Record<string, string> }>(home, ['run', 'show', runId]);
  expect(Number(shown.params.learningRate)).toBe(adopted.data.params.learningRate);
});

test.each(['text.yaml', 'trees.yaml'])('the example %s is one that its engine can search', async (name) => {
  const settings = parseDeclaration(name, await readFile(join(EXAMPLES, name), 'utf8'), searchFile);
  const { engine, parameters } = (await shippedModels()).get(settings.model)!;
  expect(() => sharedParameters(settings, engine, parameters)).not.toThrow();
});
