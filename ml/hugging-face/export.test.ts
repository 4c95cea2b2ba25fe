import { expect, test } from 'vitest';
import { openGraph } from '../../services/trainer/tools.ts';
import { toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import { toyEncoderPackage, toyPackage } from '../../test/harness/toy-package.ts';
import classified from '../../test/interop/hugging-face/classified.json' with { type: 'json' };
import { folders, TEXTS } from '../../test/interop/hugging-face/folders.ts';
import { encodedText } from '../adapters/tokens.ts';
import { softmaxRows } from '../calibration/temperature.ts';
import { openEncoder } from '../encoder/encoder.ts';
import { headMargins } from '../encoder/head.ts';
import { floatsOf, readSafetensors } from '../encoder/safetensors.ts';
import { openEmbedding } from '../encoder/text-embeddings.ts';
import { tokenInputs } from '../encoder/token-inputs.ts';
import { transposed } from '../encoder/weights.ts';
import { sha256 } from '../hash.ts';
import { meanEmbedding } from '../onnx/bert.ts';
import { huggingFaceExport } from './export.ts';

const data = toyData(toyDataset(4, { train: 40, validation: 30 }), {});

async function exported(given: object) {
  const { files, probabilities } = await toyEncoderPackage(data, given);
  return { files: huggingFaceExport(files), probabilities };
}

const fileOf = (files: ReadonlyMap<string, Uint8Array>, name: string) => files.get(name)!;
const jsonOf = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  JSON.parse(new TextDecoder().decode(fileOf(files, name)));

/** What our own reader of such folders makes of one: the logits of texts. */
async function readBack(files: ReadonlyMap<string, Uint8Array>, texts: readonly string[]) {
  const weights = fileOf(files, 'model.safetensors');
  const encoder = openEncoder(
    { config: fileOf(files, 'config.json'), weights, tokenizer: fileOf(files, 'tokenizer.json') },
    8,
  );
  const { mean_scaled: isScaled } = jsonOf(files, 'config.json');
  const graph = isScaled ? encoder.graph : meanEmbedding(encoder.config, encoder.weights);
  const embedding = await openEmbedding(graph, encoder.config.hidden, { openGraph });
  const { model_max_length: maxTokens } = jsonOf(files, 'tokenizer_config.json');
  const tokens = texts.map((text) => encoder.tokenizer.encode(text, maxTokens));
  const tensors = readSafetensors(weights, 'model.safetensors');
  const [stored, bias] = ['classifier.weight', 'classifier.bias'].map((name) => tensors.get(name)!);
  const [labels, hidden] = stored!.shape as [number, number];
  const head = {
    weights: transposed(floatsOf(stored!, 'classifier.weight'), labels, hidden),
    bias: floatsOf(bias!, 'classifier.bias'),
    temperature: 1,
  };
  const logits = headMargins(await embedding.embed(tokens), head);
  await embedding.close();
  return { tokens, logits };
}

/** What the ONNX graph beside it makes of the same, all in one batch. */
async function graphLogits(files: ReadonlyMap<string, Uint8Array>, tokens: readonly (readonly number[])[]) {
  const graph = await openGraph(fileOf(files, 'onnx/model.onnx'));
  const { logits } = await graph.run(tokenInputs(tokens));
  await graph.close();
  return Array.from(logits!.data, Number);
}

function expectClose(values: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-5) {
  expect(values).toHaveLength(expected.length);
  const differences = Array.from(values, (value, at) => Math.abs(value - expected[at]!));
  expect(Math.max(...differences)).toBeLessThan(within);
}

async function answers(files: ReadonlyMap<string, Uint8Array>) {
  const texts = data.validation.map(({ instance }) => encodedText(instance, ['title', 'abstract']));
  const { logits, tokens } = await readBack(files, texts);
  expectClose(await graphLogits(files, tokens), logits.values);
  return softmaxRows(logits, 1).values;
}

test.each([
  ['frozen', {}],
  ['tuned, in halves', { tuneEpochs: 1, learningRate: 0.01, warmupSteps: 0, exportPrecision: 'fp16' }],
])('an encoder (%s) is read back from its folder, and answers the same', async (_, given) => {
  const { files, probabilities } = await exported({ blend: false, ...given });
  expectClose(await answers(files), probabilities.values);
  expect(jsonOf(files, 'label_map.json')).toEqual({ birds: 0, boats: 1, books: 2 });
});

test('of a blend in 8 bits, the folder holds the half that is an encoder, and says what differs', async () => {
  const small = { encoderC: 0.002 }; // small weights: of large ones more is lost to the rounding
  const alone = await exported({ blend: false, ...small });
  const { files } = await exported({ cascade: true, exportPrecision: 'int8', ...small });
  expectClose(await answers(files), alone.probabilities.values, 0.01);
  const words = new TextDecoder().decode(files.get('README.md'));
  expect(words).toContain('The version that epochlog serves is a blend');
  expect(words).toContain('whole numbers of 8 bits');
});

test('a package of another engine has no such layout', async () => {
  const files = await toyPackage(1);
  expect(() => huggingFaceExport(files)).toThrow(
    'there is no Hugging Face layout of this package: the engine linear made it',
  );
});

test.each(folders)(
  'transformers answers for the folder of a $kind what it answers here',
  async ({ kind, files }) => {
    const { files: digests, ids, logits, labels } = classified.find((own) => own.kind === kind)!;
    const own = Object.fromEntries(Object.keys(digests).map((name) => [name, sha256(fileOf(files, name))]));
    expect(own).toEqual(digests);
    expect(Object.values(jsonOf(files, 'config.json').id2label)).toEqual(labels);
    const { logits: read, tokens } = await readBack(files, TEXTS);
    expect(tokens).toEqual(ids);
    expectClose(read.values, logits.flat());
  },
);
