import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { loadGenerator, loadTasks } from '../../tasks/load.ts';
import type { Sample } from '../../tasks/task.ts';
import { pythonWith } from './python.ts';

/** Models made by the scripts of the guide, and what the libraries that trained them predict with them. */

const run = promisify(execFile);
const PYTHON = join(import.meta.dirname, 'python');

/** The scripts of the guide, in its order: what they learn, and with what. */
const SCRIPTS = {
  forest: { at: 0, task: 'account-health' },
  boost: { at: 1, task: 'ad-score' },
};
type Made = keyof typeof SCRIPTS;

/** Made by `makeModel`, the forest: for tests that run without Python. */
export const FIXTURE = join(import.meta.dirname, 'sklearn');
export const GUIDE = join(import.meta.dirname, '../../docs/bring-your-own-model.md');

export const predictions = z.array(
  z.object({
    instance: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    /** the probabilities of the classes, or the number */
    scores: z.array(z.number()),
  }),
);
export type Predictions = z.infer<typeof predictions>;

/** Trains with a script of the guide in a folder: it writes a folder of its name. Returns what it predicts of other samples. */
export async function makeModel(name: Made, folder: string): Promise<Predictions> {
  const { at, task } = SCRIPTS[name];
  const samples = await generated(task, 700);
  const scripts = [...(await readFile(GUIDE, 'utf8')).matchAll(/```python\n([\s\S]*?)```/g)];
  await writeFile(join(folder, 'train.py'), scripts[at]![1]!);
  await writeFile(join(folder, 'train.jsonl'), lines(samples.slice(0, 600)));
  await writeFile(join(folder, 'test.jsonl'), lines(samples.slice(600)));
  const options = { cwd: folder, maxBuffer: 1 << 26 };
  const { stdout } = await run(
    await pythonWith(join(PYTHON, 'requirements.txt')),
    [join(PYTHON, `predict-${name}.py`)],
    options,
  );
  return predictions.parse(JSON.parse(stdout));
}

async function generated(name: string, rows: number): Promise<Sample[]> {
  const task = (await loadTasks()).get(name)!;
  const generate = (await loadGenerator(name))!;
  return [...generate({ rows: rows + 100, seed: 3 })]
    .flatMap((row) => task.read(row).record ?? [])
    .flatMap((record) => task.prepare(record).sample ?? [])
    .slice(0, rows);
}

const lines = (samples: readonly Sample[]) =>
  samples.map(({ target, instance }) => `${JSON.stringify({ target, instance })}\n`).join('');
