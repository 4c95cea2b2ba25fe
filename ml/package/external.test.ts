import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import type { Tensor } from '../adapters/adapter.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { readModel } from '../onnx/messages.ts';
import { encodeModel, type OnnxModel } from '../onnx/model-proto.ts';
import { packExternal } from './external.ts';
import type { ExternalModel } from './external-files.ts';
import { type ExternalSignature, externalSignature } from './external-signature.ts';
import { openPackage } from './open.ts';

const schema: InstanceSchema = { fields: { a: { type: 'number', required: true }, b: { type: 'number' } } };

/** softmax(X): two columns, two classes */
const SOFTMAX: OnnxModel = {
  name: 'softmax',
  inputs: [{ name: 'X', type: 'float', shape: ['batch', 2] }],
  outputs: [{ name: 'probabilities', type: 'float', shape: ['batch', 2] }],
  constants: [],
  nodes: [{ operator: 'Softmax', inputs: ['X'], output: 'probabilities', attributes: { axis: 1 } }],
  metadata: {},
};
const GIVEN = {
  task: 'toy',
  inputs: { X: ['a', 'b'] },
  outputs: { probabilities: 'probabilities' },
  classes: ['yes', 'no'],
  examples: [{ instance: { a: 0, b: 0 }, probabilities: [0.5, 0.5] }],
};
type Given = Partial<Record<keyof ExternalSignature, unknown>>;

const modelOf = (given: Given = {}, graph: Partial<OnnxModel> = {}): ExternalModel => ({
  name: 'm',
  signature: externalSignature.parse({ ...GIVEN, ...given }),
  onnx: encodeModel({ ...SOFTMAX, ...graph }),
  task: { name: 'toy', type: 'classification', labels: ['no', 'yes'] },
  schema,
  contentHash: null,
});

async function pack(model: ExternalModel): Promise<Map<string, Uint8Array>> {
  return packExternal(model, async (inputs) => {
    const session = await InferenceSession.create(model.onnx);
    const feeds = Object.entries(inputs).map(([name, { data, dims }]) => [
      name,
      new OrtTensor('float32', Float32Array.from(data, Number), dims),
    ]);
    const outputs = Object.entries(await session.run(Object.fromEntries(feeds)));
    return Object.fromEntries(
      outputs.map(([name, { data, dims }]): [string, Tensor] => [
        name,
        { data: Float32Array.from(data as Float32Array), dims },
      ]),
    );
  });
}

test('a graph made elsewhere becomes a package, with its classes in the order of the graph', async () => {
  const files = await pack(modelOf());
  const opened = openPackage(files);
  expect(opened.task).toEqual({ name: 'toy', type: 'classification', labels: ['yes', 'no'] });
  expect(opened.trainedOn).toBe(undefined);
  expect(opened.examples).toEqual([{ instance: { a: 0, b: 0 }, scores: [0.5, 0.5] }]);
  expect(await pack(modelOf())).toEqual(files);
});

test('a number beyond the range of its task is the end of the range, in the examples as in an answer', async () => {
  const value = { name: 'value', type: 'float', shape: ['batch', 1] } as const;
  const graph: Partial<OnnxModel> = {
    inputs: [{ name: 'X', type: 'float', shape: ['batch', 1] }],
    outputs: [value],
    nodes: [{ operator: 'Identity', inputs: ['X'], output: 'value', attributes: {} }],
  };
  const examples = [-5, 50, 130].map((a) => ({ instance: { a, b: 0 }, value: a }));
  const given = { inputs: { X: ['a'] }, outputs: { value: 'value' }, classes: undefined, examples };
  const task = { name: 'toy', type: 'regression', minimum: 0, maximum: 100 } as const;
  const opened = openPackage(await pack({ ...modelOf(given, graph), task }));
  expect(opened.examples.map(({ scores }) => scores)).toEqual([[0], [50], [100]]);
  const { values } = opened.scoresOf({ value: { data: Float32Array.of(-1, 7, 101), dims: [3, 1] } });
  expect([...values]).toEqual([0, 7, 100]);
});

test.each<[string, Given, Partial<OnnxModel>, RegExp]>([
  [
    'another width',
    { inputs: { X: ['a'] } },
    {},
    /"X" as float \[batch, 2\], but its columns here make \[batch, 1\]/,
  ],
  ['an input of another name', { inputs: { Y: ['a', 'b'] } }, {}, /the graph also takes "X"/],
  [
    'a column that is not there',
    { inputs: { X: ['a', 'c'] } },
    {},
    /inputs\.X: there is no column 'c'; there are a, b/,
  ],
  [
    'a missing output',
    { outputs: { probabilities: 'probability' } },
    {},
    /gives no "probability", did you mean 'probabilities'\?; it gives probabilities/,
  ],
  ['no probabilities', { outputs: { label: 'label' } }, {}, /outputs\.probabilities is missing/],
  [
    'a class of no task',
    { classes: ['yes', 'maybe'] },
    {},
    /class 'maybe' is none of toy.*there are no, yes/,
  ],
  ['classes that lack one', { classes: ['yes', 'yes'] }, {}, /classes must be those of toy.*found yes, yes/],
  ['another task', { task: 'other' }, {}, /task is other, but the model is of toy/],
  [
    'an adapter that is not there',
    { adapter: 'colums' },
    {},
    /no adapter 'colums'; there are: blend, columns/,
  ],
  [
    'an example that does not match',
    { examples: [{ instance: { a: 1, b: 0 }, probabilities: { yes: 0.5, no: 0.5 } }] },
    {},
    /example 1: the model gives 'yes' 0\.73\d*, not 0\.5: it differs by 0\.231, more than 0\.0001/,
  ],
  [
    'an example of other classes',
    { examples: [{ instance: { a: 1 }, probabilities: [1] }] },
    {},
    /expected a probability for each of yes, no, found 1 numbers/,
  ],
  [
    'an example that is no instance',
    { examples: [{ instance: { b: 1 }, probabilities: [1, 0] }] },
    {},
    /example 1: a is required/,
  ],
  [
    'a batch that is fixed',
    {},
    { inputs: [{ name: 'X', type: 'float', shape: [1, 2] }] },
    /so always 1 at once: export it with a batch axis that varies/,
  ],
  [
    'scores that are no probabilities',
    {},
    { nodes: [{ operator: 'Exp', inputs: ['X'], output: 'probabilities' }] },
    /gives \[1\.000, 1\.000\] for example 1, which are no probabilities.*softmax/,
  ],
  [
    'scores of another type',
    {},
    { outputs: [{ name: 'probabilities', type: 'int64', shape: ['batch', 2] }] },
    /must be float \[batch, 2\], but the graph gives int64 \[batch, 2\]/,
  ],
  [
    'an input of a type that is not supported',
    {},
    { inputs: [{ name: 'X', type: 'uint8', shape: ['batch', 2] }] },
    /"X" as uint8 \[batch, 2\]; supported are float, double, int64 and string/,
  ],
])('%s is refused', async (_, given, graph, message) => {
  await expect(pack(modelOf(given, graph))).rejects.toThrow(message);
});

const bytesOf = (graph: object): Uint8Array => new Uint8Array(readModel().encode({ graph }).finish());
const withBytes = (onnx: Uint8Array): ExternalModel => ({ ...modelOf(), onnx });
const withGraph = (graph: object): ExternalModel => withBytes(bytesOf(graph));
const withAttribute = (attribute: object) => ({ node: [{ attribute: [attribute] }] });

test('what is no model is refused', async () => {
  for (const bytes of [new TextEncoder().encode('not a model'), new Uint8Array()]) {
    await expect(pack(withBytes(bytes))).rejects.toThrow(/model\.onnx: not a whole ONNX/);
  }
});

const external = { name: 'weights', data_location: 1 };

test.each<[string, object]>([
  ['a constant', { initializer: [external] }],
  ['a node', withAttribute({ name: 'value', t: external })],
  ['a branch', withAttribute({ name: 'then_branch', g: { initializer: [external] } })],
  ['a node of a body', withAttribute({ graphs: [withAttribute({ tensors: [external] })] })],
  ['a sparse constant', { sparse_initializer: [{ indices: external }] }],
  ['a sparse tensor of a node', withAttribute({ sparse_tensor: { values: external } })],
])('a model with the values of %s in another file is refused', async (_, graph) => {
  const elsewhere = /the values of "weights" are in another file.*save_as_external_data=False/;
  await expect(pack(withGraph(graph))).rejects.toThrow(elsewhere);
  // a message that comes twice is one, as ONNX Runtime reads it
  await expect(pack(withBytes(joined(modelOf().onnx, bytesOf(graph))))).rejects.toThrow(elsewhere);
  await expect(pack(withBytes(joined(bytesOf(graph), modelOf().onnx)))).rejects.toThrow(elsewhere);
});

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

test('a field of the wrong type hides nothing: it is passed over, as ONNX Runtime does', async () => {
  const graph = bytesOf({ initializer: [external] });
  const hiding = joined(Uint8Array.of((7 << 3) | 0, graph.length), graph); // a number where the graph should be
  await expect(pack(withBytes(hiding))).rejects.toThrow(/in another file/);
});

test('classes in another order and a list of maps are refused', async () => {
  const classifier = withAttribute({ name: 'classlabels_strings', strings: ['no', 'yes'] });
  await expect(pack(withGraph(classifier))).rejects.toThrow(
    /expected yes, no, but the graph has them as no, yes/,
  );
  const zipMap = bytesOf({ output: [{ name: 'output_probability', type: {} }] });
  await expect(pack(withBytes(joined(modelOf().onnx, zipMap)))).rejects.toThrow(
    /gives "output_probability" as no tensor \(a list or a map\): for scikit-learn.*zipmap/,
  );
});
