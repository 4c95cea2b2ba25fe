import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { loadGenerator, loadTasks } from '../../tasks/load.ts';
import type { Sample } from '../../tasks/task.ts';

/** A model of scikit-learn, made by the script of the guide, and what scikit-learn predicts with it. */

const run = promisify(execFile);
const PYTHON = join(import.meta.dirname, 'python');
const VENV = join(import.meta.dirname, '../../.cache/interop-venv');

/** Made by `makeModel`: for tests that run without Python. */
export const FIXTURE = join(import.meta.dirname, 'sklearn');
export const GUIDE = join(import.meta.dirname, '../../docs/bring-your-own-model.md');

export const predictions = z.array(
  z.object({
    instance: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    probabilities: z.array(z.number()),
  }),
);
export type Predictions = z.infer<typeof predictions>;

/** A python3 with the pinned packages, which are fetched into .cache/ if they are not there. */
async function python(): Promise<string> {
  const inVenv = join(VENV, 'bin/python');
  if (existsSync(inVenv)) return inVenv;
  const packages = `${VENV}.${process.pid}`;
  await mkdir(join(VENV, '..'), { recursive: true });
  try {
    await run('python3', ['-m', 'venv', packages]);
    const pip = ['-m', 'pip', 'install', '--quiet', '-r', join(PYTHON, 'requirements.txt')];
    await run(join(packages, 'bin/python'), pip);
    await rename(packages, VENV);
  } finally {
    await rm(packages, { recursive: true, force: true });
  }
  return inVenv;
}

/** Trains with the script of the guide in a folder: its `forest`, and what scikit-learn predicts of other samples. */
export async function makeModel(folder: string): Promise<Predictions> {
  const samples = await generated(700);
  const script = /```python\n([\s\S]*?)```/.exec(await readFile(GUIDE, 'utf8'))![1]!;
  await writeFile(join(folder, 'train.py'), script);
  await writeFile(join(folder, 'train.jsonl'), lines(samples.slice(0, 600)));
  await writeFile(join(folder, 'test.jsonl'), lines(samples.slice(600)));
  const options = { cwd: folder, maxBuffer: 1 << 26 };
  const { stdout } = await run(await python(), [join(PYTHON, 'predict.py')], options);
  return predictions.parse(JSON.parse(stdout));
}

async function generated(rows: number): Promise<Sample[]> {
  const task = (await loadTasks()).get('account-health')!;
  const generate = (await loadGenerator('account-health'))!;
  return [...generate({ rows: rows + 100, seed: 3 })]
    .flatMap((row) => task.read(row).record ?? [])
    .flatMap((record) => task.prepare(record).sample ?? [])
    .slice(0, rows);
}

const lines = (samples: readonly Sample[]) =>
  samples.map(({ target, instance }) => `${JSON.stringify({ target, instance })}\n`).join('');
