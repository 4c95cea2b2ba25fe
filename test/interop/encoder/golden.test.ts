import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseEncoderConfig } from '../../../ml/encoder/config.ts';
import { tokenInputs } from '../../../ml/encoder/token-inputs.ts';
import { readEncoderWeights } from '../../../ml/encoder/weights.ts';
import { EMBEDDING, sentenceEmbedding, TOKEN_INPUTS } from '../../../ml/onnx/bert.ts';
import { encodeModel } from '../../../ml/onnx/model-proto.ts';
import { openGraph } from '../../../services/trainer/tools.ts';

/** Made by golden.py beside it, which shares nothing with the program. */
const golden = z
  .array(
    z.object({
      config: z.looseObject({ model_type: z.string() }),
      safetensors: z.base64(),
      texts: z.array(z.object({ ids: z.array(z.int()), embedding: z.array(z.number()) })),
    }),
  )
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'golden.json'), 'utf8')));

test.each(golden)(
  'the graph of a $config.model_type gives the embeddings that the papers define, alone and in a batch',
  async ({ config, safetensors, texts }) => {
    const parsed = parseEncoderConfig(JSON.stringify(config));
    const weights = readEncoderWeights(parsed, Buffer.from(safetensors, 'base64'));
    const outputs = [{ name: EMBEDDING, type: 'float', shape: ['batch', parsed.hidden] }] as const;
    const part = sentenceEmbedding(parsed, weights);
    const graph = await openGraph(
      encodeModel({ name: 'encoder', inputs: TOKEN_INPUTS, outputs, metadata: {}, ...part }),
    );
    const embed = async (rows: readonly (readonly number[])[]) =>
      Array.from((await graph.run(tokenInputs(rows)))[EMBEDDING]!.data, Number);
    const expected = texts.map(({ embedding }) => embedding);
    expectClose(await embed(texts.map(({ ids }) => ids)), expected.flat());
    for (const { ids, embedding } of texts) expectClose(await embed([ids]), embedding);
    await graph.close();
  },
);

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  const differences = values.map((value, at) => Math.abs(value - expected[at]!));
  expect(Math.max(...differences)).toBeLessThan(1e-5);
}
