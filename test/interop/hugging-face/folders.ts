// The folders that classify.py reads: node folders.ts FOLDER
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseEncoderConfig } from '../../../ml/encoder/config.ts';
import { readEncoderWeights } from '../../../ml/encoder/weights.ts';
import { huggingFaceFolder } from '../../../ml/hugging-face/folder.ts';
import { wordPiece } from '../../harness/tiny-encoder.ts';
import golden from '../encoder/golden.json' with { type: 'json' };

export const TEXTS = ['one two ten', 'six four, eight! one two one two three ten nine', '', 'unheard of'];
const WORDS = ['one', 'two', 'three', 'four', 'six', 'eight', 'nine', 'ten'];
const LABELS = ['late', 'on time', 'cancelled'];

/** A classifier of each encoder of golden.json, one of them with a mean of length 1. */
export const folders = golden.map(({ config: file, safetensors }) => {
  const config = parseEncoderConfig(JSON.stringify(file));
  const tokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...WORDS].slice(0, config.vocabulary);
  const weight = Float32Array.from(
    { length: config.hidden * LABELS.length },
    (_, at) => 4 * Math.sin(1 + at),
  );
  const files = huggingFaceFolder({
    ...{ config, weights: readEncoderWeights(config, Buffer.from(safetensors, 'base64')) },
    ...{ isScaled: config.kind === 'bert', isBlended: false, precision: 'fp32', maxTokens: 7 },
    ...{ head: { weight, bias: Float32Array.of(0.5, 0, -0.25) }, labels: LABELS, fields: ['text'] },
    tokenizer: new TextEncoder().encode(JSON.stringify(wordPiece(tokens))),
  });
  return { kind: config.kind, config, files };
});

if (import.meta.main) {
  for (const { kind, files } of folders) {
    for (const [name, bytes] of files) {
      const path = join(process.argv[2]!, kind, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
  }
  process.stdout.write(JSON.stringify(TEXTS));
}
