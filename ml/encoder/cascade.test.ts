import { expect, test } from 'vitest';
import type { Tensors } from '../../kernel/ports/inference.ts';
import { openGraph } from '../../services/trainer/tools.ts';
import { toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import { toyEncoderPackage } from '../../test/harness/toy-package.ts';
import type { Instance } from '../instance/schema.ts';
import { openPackage } from '../package/open.ts';

const NO_TOKEN = 10n ** 9n;

test('of a batch, a cascade runs the encoder for the rows of which the linear model is unsure', async () => {
  const data = toyData(toyDataset(4, { train: 40, validation: 30 }), {});
  const { files } = await toyEncoderPackage(data, { cascade: true, cascadeTolerance: 1 });
  const opened = openPackage(files);
  const graph = await openGraph(opened.onnx);
  const answers = async (inputs: Tensors) => opened.scoresOf(await graph.run(inputs)).values;
  const [known, unknown] = [
    data.validation.map(({ instance }) => instance),
    { title: 'zeppelin', abstract: 'zeppelins' },
  ];
  const instances = [unknown, ...known, unknown];
  const together = await answers(opened.inputsOf(instances));
  const labels = together.length / instances.length;
  const sure: number[] = [];
  for (const [row, instance] of instances.entries()) {
    const inputs = opened.inputsOf([instance]);
    const alone = [...(await answers(inputs))];
    const inBatch = [...together.subarray(row * labels, (row + 1) * labels)];
    for (const [label, score] of alone.entries()) expect(inBatch[label]).toBeCloseTo(score, 5);
    const encoderFails = await answers(withoutTokens(inputs, [0])).then(
      () => false,
      () => true,
    );
    if (!encoderFails) sure.push(row);
  }
  expect(sure).not.toContain(0);
  expect(sure).not.toContain(instances.length - 1);
  expect(sure.length).toBeGreaterThan(3);
  expect(await answers(withoutTokens(opened.inputsOf(instances), sure))).toEqual(together);

  const runs: { rows: number; tokens: number }[] = [];
  const score = (asked: readonly Instance[]) =>
    opened.score(asked, async (inputs) => {
      const [rows, tokens] = inputs.input_ids!.dims;
      runs.push({ rows: rows!, tokens: tokens! });
      return graph.run(inputs);
    });
  const scored = await score(instances);
  expect([scored.rows, scored.columns]).toEqual([instances.length, labels]);
  for (const [at, value] of scored.values.entries()) expect(value).toBeCloseTo(together[at]!, 5);
  expect(runs).toEqual([
    { rows: instances.length, tokens: 0 },
    { rows: instances.length - sure.length, tokens: expect.toSatisfy((tokens) => tokens > 0) },
  ]);
  runs.length = 0;
  await score(sure.map((row) => instances[row]!));
  expect(runs).toEqual([{ rows: sure.length, tokens: 0 }]);
  await graph.close();
});

test('a graph that does not say of which rows it is sure is refused', async () => {
  const data = toyData(toyDataset(4, { train: 40, validation: 30 }), {});
  const { files } = await toyEncoderPackage(data, { cascade: true, maxEpochs: 1 });
  const opened = openPackage(files);
  const run = async () => ({ probabilities: { dims: [1, 3], data: new Float32Array(3) } });
  await expect(opened.score([data.validation[0]!.instance], run)).rejects.toThrow(/no output "sure"/);
});

/** The inputs of a batch with rows that no encoder could read. */
function withoutTokens(inputs: Tensors, rows: readonly number[]): Tensors {
  const { input_ids: ids } = inputs;
  const { dims, data } = ids!;
  const spoilt = BigInt64Array.from(data as BigInt64Array);
  for (const row of rows) spoilt.fill(NO_TOKEN, row * dims[1]!, (row + 1) * dims[1]!);
  return { ...inputs, input_ids: { dims, data: spoilt } };
}
