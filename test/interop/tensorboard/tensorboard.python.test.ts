import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Curves, eventFile } from '../../../ml/tensorboard/event-file.ts';
import { pythonWith } from '../python.ts';

const RUNS: readonly Curves[] = [
  {
    name: 'papers-r1',
    started: 1_700_000_000_000,
    ended: 1_700_000_009_000,
    status: 'succeeded',
    parameters: { engine: 'linear', c: 0.5, paired: true },
    points: [
      { time: 1_700_000_001_000, step: 1, values: { 'train/loss': 0.5, 'validation/accuracy': 0.75 } },
      { time: 1_700_000_002_000, step: 2, values: { 'train/loss': 0.25, 'validation/accuracy': 0.8125 } },
    ],
  },
  {
    name: 'papers-r2',
    started: 1_700_000_100_000,
    ended: null,
    status: 'running',
    parameters: {},
    points: [],
  },
];

test('TensorBoard reads the curves, hyperparameters and ends of runs', async () => {
  const python = await pythonWith(join(import.meta.dirname, 'requirements.txt'));
  const folder = await mkdtemp(join(tmpdir(), 'epochlog-tensorboard-'));
  try {
    for (const run of RUNS) {
      await mkdir(join(folder, run.name));
      await writeFile(join(folder, run.name, 'events.out.tfevents.1700000000.epochlog'), eventFile(run));
    }
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'read.py'), folder]);
    expect(JSON.parse(stdout)).toEqual({
      'papers-r1': {
        scalars: {
          'train/loss': [
            [1, 0.5],
            [2, 0.25],
          ],
          'validation/accuracy': [
            [1, 0.75],
            [2, 0.8125],
          ],
        },
        parameters: { engine: 'linear', c: 0.5, paired: true },
        status: 1,
        group: 'papers-r1',
      },
      'papers-r2': { scalars: {}, parameters: {}, status: 3, group: 'papers-r2' },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
