import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Adamw } from '../../../ml/encoder/adamw.ts';
import { parseEncoderConfig } from '../../../ml/encoder/config.ts';
import { EncoderGradients } from '../../../ml/encoder/gradients.ts';
import { readEncoderWeights } from '../../../ml/encoder/weights.ts';
import { openGraph } from '../../../services/trainer/tools.ts';

const read = (file: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
const encoders = z
  .array(z.object({ config: z.looseObject({ model_type: z.string() }), safetensors: z.base64() }))
  .parse(read('golden.json'));
const numbers = z.array(z.number());
/** Made by training.py beside it, with PyTorch. */
const golden = z
  .object({
    batches: z.array(z.object({ texts: z.array(z.array(z.int())), labels: z.array(z.int()) })),
    labels: z.int(),
    learningRate: z.number(),
    decay: z.number(),
    clip: z.number(),
    keep: z.number(),
    runs: z.array(z.object({ kind: z.string(), dropout: z.boolean(), losses: numbers, norms: numbers })),
  })
  .parse(read('training.json'));

/** As training.py has it. */
function headOf(hidden: number) {
  const weight = new Float32Array(hidden * golden.labels);
  for (let label = 0; label < golden.labels; label++) {
    for (let at = 0; at < hidden; at++)
      weight[at * golden.labels + label] = Math.sin(1 + label * hidden + at) / 5;
  }
  return { weight, bias: new Float32Array(golden.labels) };
}

/** As training.py has them. */
function factorsOf(place: string, size: number, step: number): Float32Array {
  const salt = step + [...place].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return Float32Array.from({ length: size }, (_, at) => ((7 * at + salt) % 10 === 0 ? 0 : 1 / golden.keep));
}

const runs = golden.runs.flatMap((run) => [false, true].map((checkpointing) => ({ ...run, checkpointing })));

test.each(runs)(
  'fine-tuning a $kind (dropout $dropout, checkpointing $checkpointing) has the loss curve of PyTorch',
  async ({ kind, dropout, losses, norms, checkpointing }) => {
    const { config: file, safetensors } = encoders.find(({ config }) => config.model_type === kind)!;
    const config = parseEncoderConfig(JSON.stringify(file));
    const weights = readEncoderWeights(config, Buffer.from(safetensors, 'base64'));
    const encoder = { config, weights, head: headOf(config.hidden), hasDropout: dropout };
    const gradients = await EncoderGradients.open(encoder, { openGraph }, checkpointing);
    const optimiser = await Adamw.open(gradients.layout, { openGraph });
    const all = gradients.initialWeights();
    const gradient = new Float32Array(all.length);
    for (const [step, expected] of losses.entries()) {
      const { texts, labels } = golden.batches[step % golden.batches.length]!;
      const targets = new Float32Array(texts.length * golden.labels);
      for (const [row, label] of labels.entries()) targets[row * golden.labels + label] = 1 / texts.length;
      const loss = await gradients.compute({ texts, targets }, all, gradient, (place, size) =>
        factorsOf(place, size, step),
      );
      const norm = Math.hypot(...gradient);
      expect(Math.abs(loss - expected)).toBeLessThan(1e-5 + 1e-4 * expected);
      expect(Math.abs(norm / norms[step]! - 1)).toBeLessThan(1e-3);
      const gradientScale = Math.min(1, golden.clip / (norm + 1e-6));
      await optimiser.step(all, gradient, { ...golden, gradientScale });
    }
    await gradients.close();
    await optimiser.close();
  },
);
