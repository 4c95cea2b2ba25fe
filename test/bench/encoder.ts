// What a step of fine-tuning an encoder costs, beside PyTorch on the same shapes in the same run.
//
//   node test/bench/encoder.ts [--steps 4] [--batch 8] [--tokens 128] [--size distilbert|minilm] [--workers 2]
//
// Both without and with gradient checkpointing, each in a process of its own, with random weights. Of the steps after a first
// one the least seconds and CPU seconds, and the most memory of the process. Linux. PyTorch comes from PyPI, into .cache/.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { jsonFrom, pythonWithTorch } from './python.ts';

export interface EncoderContest {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  readonly batch: number;
  readonly tokens: number;
  readonly labels: number;
  readonly dropout: number;
  readonly steps: number;
  readonly checkpointing: boolean;
  /** that share a step */
  readonly workers: number;
}

interface Measured {
  readonly losses: readonly number[];
  readonly seconds: readonly number[];
  readonly cpuSeconds: readonly number[];
  readonly peakBytes: number;
}

const SIZES = {
  distilbert: { vocabulary: 30_522, hidden: 768, intermediate: 3_072, layers: 6, heads: 12 },
  minilm: { vocabulary: 30_522, hidden: 384, intermediate: 1_536, layers: 6, heads: 12 },
};

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '4' },
    batch: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '128' },
    size: { type: 'string', default: 'distilbert' },
    workers: { type: 'string', default: '1' },
  },
});
const size = SIZES[values.size as keyof typeof SIZES];
if (!size) throw new RangeError(`--size ${values.size}: there are ${Object.keys(SIZES).join(', ')}`);
const contest = {
  ...{ ...size, labels: 10, dropout: 0.1 },
  ...{ steps: Number(values.steps), batch: Number(values.batch), tokens: Number(values.tokens) },
};

const python = pythonWithTorch();
const script = (file: string) => join(import.meta.dirname, file);
const ours = script('encoder-contestant.ts');
const workers = Number(values.workers);
const CONTESTANTS: readonly (readonly [string, string, string, number])[] = [
  ['epochlog', process.execPath, ours, 1],
  ...(workers > 1 ? [[`${workers} workers`, process.execPath, ours, workers] as const] : []),
  ['PyTorch', python, script('encoder-contestant.py'), 1],
];
const results = [false, true].flatMap((checkpointing) =>
  CONTESTANTS.map(([name, command, file, workers]) => {
    const measured: Measured = jsonFrom(command, [
      file,
      JSON.stringify({ ...contest, checkpointing, workers }),
    ]);
    const row = {
      ...{ name, checkpointing },
      seconds: Math.min(...measured.seconds),
      cpuSeconds: Math.min(...measured.cpuSeconds),
      gigabytes: measured.peakBytes / 2 ** 30,
    };
    console.error(
      `${name.padEnd(10)} ${checkpointing ? 'checkpointing' : ''.padEnd(13)} ${row.seconds.toFixed(2).padStart(7)} s ${row.cpuSeconds.toFixed(2).padStart(7)} CPU s ${row.gigabytes.toFixed(2).padStart(6)} GB`,
    );
    return { ...row, ...measured };
  }),
);
console.log(JSON.stringify({ contest, results }, null, 2));
