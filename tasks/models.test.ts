import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completeParameters } from '../ml/engines.ts';
import { loadTasks } from './load.ts';
import { declaredModel, shippedModels } from './models.ts';
import { loadDefaultModel } from './options.ts';
import { assertTrainable } from './trainable.ts';

test('the models that come with epochlog are of its tasks, and their engines take their parameters', async () => {
  const tasks = await loadTasks();
  const models = await shippedModels();
  expect([...models.keys()].sort()).toEqual(['account-health', 'ad-score', 'arxiv-classifier']);
  for (const { task, engine, parameters } of models.values()) {
    expect(tasks.has(task)).toBe(true);
    expect(() => completeParameters(engine, parameters)).not.toThrow();
  }
});

test('a model of the engine encoder comes with the task arxiv, to be declared by its file', async () => {
  const path = join(import.meta.dirname, 'arxiv/encoder.yaml');
  const model = declaredModel(path, await readFile(path, 'utf8'));
  expect(model).toMatchObject({ model: 'arxiv-encoder', task: 'arxiv', engine: 'encoder' });
  assertTrainable(model, await loadTasks());
});

test('the model that is meant where none is named comes with epochlog, with its task', async () => {
  const { model, task } = await loadDefaultModel();
  expect((await shippedModels()).get(model)).toMatchObject({ model, task });
});

test.each([
  ['model: a\ntask: b\n', /m\.yaml: engine /],
  [
    'model: a\ntask: b\nengine: linear\nparamters: {}\n',
    /m\.yaml:4: paramters is not known; did you mean parameters\?/,
  ],
  ['model: a\ntask: b\nengine: linear\nparameters: { c: { d: 1 } }\n', /parameters\.c/],
])('%j is refused', (file, message) => expect(() => declaredModel('m.yaml', file)).toThrow(message));
