import { expect, test } from 'vitest';
import { openGraph } from '../../services/trainer/tools.ts';
import { startWorker } from '../../services/trainer/workers.ts';
import { tinyEncoder, tinyTensors } from '../../test/harness/tiny-encoder.ts';
import type { BatchReduced, OpenGraph } from '../engines/engine.ts';
import { parseParameters } from '../parameters.ts';
import { seedsOf } from '../training/seeds.ts';
import { dropoutFactors } from './dropout.ts';
import { openEncoder } from './encoder.ts';
import { encoderParameters } from './parameters.ts';
import { tuneEncoder } from './tune.ts';

const pretrained = openEncoder(tinyEncoder(), 16);
const TEXTS = [
  'the wing and the nest',
  'a mast',
  'pages',
  'wings and songs',
  'the deck of a boat',
  'a chapter',
];

/** The training losses of two epochs of two steps, and how often the batch became smaller. */
async function tuned(
  change: object,
  opens: (onnx: Uint8Array) => Promise<OpenGraph> = openGraph,
  encoder = pretrained,
) {
  const reductions: BatchReduced[] = [];
  const losses: number[] = [];
  const training = tuneEncoder({
    train: TEXTS.map((text) => encoder.tokenizer.encode(text, 16)),
    validation: [],
    targets: {
      type: 'classification',
      classes: 3,
      sides: Int8Array.of(1, -1, -1, -1, 1, -1, -1, 0, 1, 1, -1, -1, -1, 1, 0, -1, -1, 1),
      weights: Float64Array.of(1, 2, 0.5),
      validation: new Int32Array(),
    },
    encoder,
    parameters: encoderParameters.parse({
      tuneEpochs: 2,
      batchSize: 4,
      learningRate: 0.005,
      warmupSteps: 1,
      ...change,
    }),
    seeds: seedsOf(3),
    device: { name: 'cpu', openGraph: opens },
    startWorker,
    signal: new AbortController().signal,
    onBatchReduced: (reduced) => void reductions.push(reduced),
  });
  let step = await training.next();
  for (; !step.done; step = await training.next()) {
    if (step.value.report) losses.push(step.value.report.trainLoss);
  }
  return { losses, reductions, weights: step.value.weights };
}

test('a batch in parts, and layers that are computed again, change nothing but rounding', async () => {
  const { losses } = await tuned({ dropout: 0 });
  const parts = await tuned({ dropout: 0, partSize: 3 });
  for (const [at, loss] of losses.entries()) expect(parts.losses[at]).toBeCloseTo(loss, 5);
  const withDropout = await tuned({});
  const again = await tuned({ gradientCheckpointing: true });
  for (const [at, loss] of withDropout.losses.entries()) expect(again.losses[at]).toBeCloseTo(loss, 5);
  expect(withDropout.losses).not.toEqual(losses);
});

test('workers add the gradients of parts in their order: the bytes are those of one that computes the parts', async () => {
  const once = { tuneEpochs: 1 };
  const inParts = await tuned({ ...once, partSize: 2 });
  expect(await tuned({ ...once, workers: 2 })).toEqual(inParts);
});

test('when memory runs out it goes on with half of the texts at a time, and says so', async () => {
  const { losses } = await tuned({ dropout: 0 });
  /** A device on which three texts at a time are too many. */
  const small = async (onnx: Uint8Array): Promise<OpenGraph> => {
    const graph = await openGraph(onnx);
    return {
      ...graph,
      async run(inputs, into) {
        const texts = inputs.targets?.dims[0] ?? 0;
        if (texts > 2) throw new Error('Failed to allocate memory for requested buffer of size 1234');
        return graph.run(inputs, into);
      },
    };
  };
  const { losses: found, reductions } = await tuned({ dropout: 0 }, small);
  expect(reductions).toEqual([{ epoch: 1, from: 4, to: 2, reason: expect.stringContaining('allocate') }]);
  for (const [at, loss] of losses.entries()) expect(found[at]).toBeCloseTo(loss, 5);
});

test('a batch size of auto is that of so many texts', async () => {
  const all = await tuned({ dropout: 0, batchSize: 'auto' });
  expect(all.losses).toEqual((await tuned({ dropout: 0, batchSize: 8 })).losses);
});

test('half precision is refused, with what there is', () => {
  expect(() => parseParameters(encoderParameters, { precision: 'fp16' }, 'encoder')).toThrow(
    /precision is out of range \(fp32 alone: half precision gains nothing/,
  );
});

test('a loss that is not finite ends it, with a diagnosis', async () => {
  const tensors = tinyTensors();
  const words = 'embeddings.word_embeddings.weight';
  tensors[words] = { ...tensors[words]!, values: tensors[words]!.values.map((value) => value * 3e38) };
  const damaged = openEncoder(tinyEncoder({ tensors }), 16);
  await expect(tuned({}, openGraph, damaged)).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringMatching(/the gradient is NaN in epoch 1, step 1.*Change: /),
  });
});

test('dropout leaves out its share, and makes up for it', () => {
  const factors = dropoutFactors(0.1, 7, new Float32Array(100_001));
  const dropped = factors.filter((factor) => factor === 0).length / factors.length;
  expect(Math.abs(dropped - 0.1)).toBeLessThan(0.004); // four standard errors
  expect(Math.max(...factors.subarray(0, 100))).toBeCloseTo(1 / 0.9, 4);
  expect(dropoutFactors(0.1, 7, new Float32Array(9))).toEqual(factors.slice(0, 9));
  expect(dropoutFactors(0.1, 8, new Float32Array(9_000))).not.toEqual(factors.slice(0, 9_000));
});
