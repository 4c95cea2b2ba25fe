import { expect, test } from 'vitest';
import type { Tensors } from '../../kernel/ports/inference.ts';
import { openGraph } from '../../services/trainer/tools.ts';
import { toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import { toyEncoderPackage } from '../../test/harness/toy-package.ts';
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
  await graph.close();
});

/** The inputs of a batch with rows that no encoder could read. */
function withoutTokens(inputs: Tensors, rows: readonly number[]): Tensors {
  const { input_ids: ids } = inputs;
  const { dims, data } = ids!;
  const spoilt = BigInt64Array.from(data as BigInt64Array);
  for (const row of rows) spoilt.fill(NO_TOKEN, row * dims[1]!, (row + 1) * dims[1]!);
  return { ...inputs, input_ids: { dims, data: spoilt } };
}
