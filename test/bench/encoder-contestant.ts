// A part of encoder.ts: steps of fine-tuning an encoder of random weights, as JSON. Its peak memory is that of this process.
//
//   node test/bench/encoder-contestant.ts '{"hidden":768,…}'
import { readFileSync } from 'node:fs';
import { Adamw } from '../../ml/encoder/adamw.ts';
import type { EncoderConfig } from '../../ml/encoder/config.ts';
import { startGradients } from '../../ml/encoder/gradient-worker.ts';
import { EncoderGradients } from '../../ml/encoder/gradients.ts';
import { oneAtATime } from '../../ml/encoder/part-gradients.ts';
import type { Dense, EncoderWeights, LayerNorm } from '../../ml/encoder/weights.ts';
import { seededRandom } from '../../ml/random.ts';
import { clipGradients } from '../../ml/training/gradients.ts';
import { openGraph } from '../../services/trainer/tools.ts';
import { startWorker } from '../../services/trainer/workers.ts';
import type { EncoderContest } from './encoder.ts';

const contest: EncoderContest = JSON.parse(process.argv[2]!);
const { vocabulary, hidden, intermediate, layers, heads, batch, tokens, labels, dropout } = contest;

const random = seededRandom(1);
const drawn = (length: number) => Float32Array.from({ length }, () => 0.07 * (random() - 0.5));
const dense = (inputs: number, outputs: number): Dense => ({
  weight: drawn(inputs * outputs),
  bias: new Float32Array(outputs),
});
const norm = (): LayerNorm => ({ scale: new Float32Array(hidden).fill(1), shift: new Float32Array(hidden) });
const positions = 512;
const config: EncoderConfig = {
  ...{ kind: 'distilbert', vocabulary, positions, hidden, intermediate, layers, heads, epsilon: 1e-12 },
};
const weights: EncoderWeights = {
  words: drawn(vocabulary * hidden),
  positions: drawn(positions * hidden),
  norm: norm(),
  layers: Array.from({ length: layers }, () => ({
    query: dense(hidden, hidden),
    key: dense(hidden, hidden),
    value: dense(hidden, hidden),
    attended: dense(hidden, hidden),
    attendedNorm: norm(),
    inner: dense(hidden, intermediate),
    outer: dense(intermediate, hidden),
    outerNorm: norm(),
  })),
};
const texts = Array.from({ length: batch }, () =>
  Array.from({ length: tokens }, () => 1_000 + Math.floor((vocabulary - 1_000) * random())),
);
const targets = new Float32Array(batch * labels);
for (let row = 0; row < batch; row++) targets[row * labels + (row % labels)] = 1 / batch;

const encoder = { config, weights, head: dense(hidden, labels), hasDropout: dropout > 0 };
const gradients = await EncoderGradients.open(encoder, { openGraph }, contest.checkpointing);
const batches =
  contest.workers === 1
    ? oneAtATime(gradients, dropout)
    : await startGradients(
        {
          ...{ count: contest.workers, encoder, dropout },
          ...{ checkpointing: contest.checkpointing, length: gradients.layout.length },
        },
        { startWorker },
      );
/** Each worker has a part of the batch. */
const parts = Array.from({ length: contest.workers }, (_, at) => {
  const [start, end] = [at, at + 1].map((part) => Math.round((part * batch) / contest.workers));
  return {
    ...{ at, texts: texts.slice(start, end) },
    targets: targets.slice(start! * labels, end! * labels),
  };
});
const optimiser = await Adamw.open(gradients.layout, { openGraph });
const all = gradients.initialWeights();
const gradient = new Float32Array(all.length);
const losses: number[] = [];
const seconds: number[] = [];
const cpuSeconds: number[] = [];
const spent = { gradient: 0, clip: 0, adamw: 0 };
for (let step = 0; step <= contest.steps; step++) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const own = parts.map((part) => ({ ...part, seed: step }));
  losses.push(await batches.compute(own, all, gradient));
  const afterGradient = performance.now();
  clipGradients([gradient], 1);
  const afterClip = performance.now();
  await optimiser.step(all, gradient, { learningRate: 2e-5, decay: 0.01, gradientScale: 1 });
  if (step === 0) continue; // memory is taken, and files are read
  const { user, system } = process.cpuUsage(cpu);
  seconds.push((performance.now() - start) / 1_000);
  cpuSeconds.push((user + system) / 1e6);
  spent.gradient += (afterGradient - start) / 1_000 / contest.steps;
  spent.clip += (afterClip - afterGradient) / 1_000 / contest.steps;
  spent.adamw += (performance.now() - afterClip) / 1_000 / contest.steps;
}
const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
console.log(JSON.stringify({ losses, seconds, cpuSeconds, peakBytes: Number(peakKb) * 1_024, spent }));
await batches.close();
