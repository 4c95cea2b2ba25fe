import { expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import type { GraphTensor, GraphTypes } from '../../ml/onnx/graph-types.ts';
import { ELEMENT_TYPE } from '../../ml/onnx/model-proto.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { loadTasks } from '../../tasks/load.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { factOf } from '../../test/harness/facts.ts';
import { TrackedFiles } from './files.ts';
import { graphFileOf, signatureOf } from './mlmodel.ts';

const { schema } = taskNamed(await loadTasks(), 'account-health');
const float = (name: string, columns: number): GraphTensor => ({
  ...{ name, elementType: ELEMENT_TYPE.float, shape: ['', columns] },
});
const label: GraphTensor = { name: 'label', elementType: ELEMENT_TYPE.string, shape: [''] };
const graphOf = (inputs: GraphTensor[], outputs: GraphTensor[]): GraphTypes => ({
  ...{ inputs, outputs, external: undefined, metadata: {}, classes: [] },
});
const named = (...names: string[]) => ({
  flavors: {},
  signature: { inputs: JSON.stringify(names.map((name) => ({ name, type: 'float' }))) },
});
const PROBABILITIES = [label, float('probabilities', 3)];

test('the columns of the signature are those of the one matrix, and inputs of their names are columns', () => {
  const matrix = graphOf([float('row', 2)], PROBABILITIES);
  expect(signatureOf(named('seats', 'logins_30d'), matrix, schema, false)).toEqual({
    inputs: { row: [{ column: 'seats' }, { column: 'logins_30d' }] },
    outputs: { probabilities: 'probabilities' },
  });
  const separate = graphOf([float('seats', 1), float('logins_30d', 1)], [float('variable', 1)]);
  expect(signatureOf({ flavors: {} }, separate, schema, true)).toEqual({
    inputs: { seats: { column: 'seats' }, logins_30d: { column: 'logins_30d' } },
    outputs: { value: 'variable' },
  });
});

test.each([
  [
    'a column that the task has not',
    named('seats', 'logins30d'),
    'names "logins30d", which is no column of the task, did you mean \'logins_30d\'?',
  ],
  [
    'a signature without names',
    { flavors: {} },
    'names no columns: name the columns of the task in the signature',
  ],
  [
    'a signature that is no list',
    { flavors: {}, signature: { inputs: '{' } },
    'its signature cannot be read',
  ],
])('%s is refused, and says what to do', (_, mlmodel, reason) => {
  const graph = graphOf([float('row', 2)], PROBABILITIES);
  expect(() => signatureOf(mlmodel, graph, schema, false)).toThrow(reason);
});

test('a graph without probabilities, and a model without a graph, are refused', () => {
  const graph = graphOf([float('seats', 1)], [label]);
  expect(() => signatureOf(named('seats'), graph, schema, false)).toThrow("options={'zipmap': False}");
  const sklearn = { flavors: { sklearn: {}, python_function: {} } };
  expect(() => graphFileOf(sklearn)).toThrow('no flavour onnx (found sklearn, python_function)');
  expect(() => graphFileOf({ flavors: { onnx: { data: '../secret' } } })).toThrow('no flavour onnx');
});

test('the files of a version are those of its logged model, its run, or an address here', () => {
  const files = new TrackedFiles(mapsInMemory());
  const model = 'm-00000000000000000000000000000001';
  const by = { requestedBy: 'ada' };
  files.evolve(
    factOf(
      newEvent('TrackedModelCreated', {
        ...{
          modelId: model,
          experimentId: '7',
          name: null,
          modelType: null,
          runId: null,
          params: [],
          tags: [],
          ...by,
        },
      }),
    ),
  );
  files.evolve(
    factOf(
      newEvent('TrackedArtifactStored', {
        ...{ root: `7/models/${model}`, path: 'MLmodel', digest: 'sha256:1', bytes: 1, ...by },
      }),
    ),
  );
  const folder = files.folderOf({ source: `models:/${model}`, modelId: null });
  expect(files.digestOf(folder!, 'MLmodel')).toBe('sha256:1');
  expect(files.folderOf({ source: 'mlflow-artifacts:/7/r1/artifacts/model', modelId: null })).toBe(
    '7/r1/model',
  );
  expect(files.folderOf({ source: 's3://bucket/model', modelId: null })).toBeUndefined();
});
