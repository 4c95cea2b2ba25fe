import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../ml/adapters/adapter.ts';
import { openPackage } from '../../ml/package/open.ts';
import type { Predictions } from './external-model.ts';

/** By how much the scores of a package differ from those expected, at most. */
export async function largestDifference(
  files: ReadonlyMap<string, Uint8Array>,
  expected: Predictions,
): Promise<number> {
  const opened = openPackage(files);
  const session = await InferenceSession.create(opened.onnx);
  const instances = expected.map(({ instance }) => opened.clean(opened.validate(instance)));
  const feeds = Object.entries(opened.inputsOf(instances)).map(([name, tensor]) => [name, toOrt(tensor)]);
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  const tensors = Object.entries(outputs).flatMap(([name, { data, dims }]) =>
    data instanceof Float32Array ? [[name, { data, dims }] as const] : [],
  );
  const scores = opened.scoresOf(Object.fromEntries(tensors));
  const differences = expected.flatMap((pair, row) =>
    pair.scores.map((value, at) => Math.abs(value - scores.values[row * scores.columns + at]!)),
  );
  return Math.max(...differences);
}

const toOrt = ({ data, dims }: Tensor): OrtTensor =>
  data instanceof Float32Array
    ? new OrtTensor('float32', data, dims)
    : new OrtTensor('string', Array.from(data, String), dims);
