import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { declaredTask } from './declared/declared.ts';
import type { GeneratedRow, GeneratorOptions } from './generated/rows.ts';
import type { Task } from './task.ts';

let loaded: Promise<ReadonlyMap<string, Task>> | undefined;

/** The tasks that come with epochlog, by name: every folder beside this file with a `task.ts` or a `task.yaml`. */
export function loadTasks(): Promise<ReadonlyMap<string, Task>> {
  loaded ??= readTasks(); // several services ask when they are loaded, and YAML takes long to parse
  return loaded;
}

async function readTasks(): Promise<ReadonlyMap<string, Task>> {
  const folders = (await readdir(import.meta.dirname, { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  );
  const tasks = await Promise.all(folders.map(({ name }) => taskIn(join(import.meta.dirname, name))));
  return new Map(
    tasks
      .filter((task) => task !== undefined)
      .map((task): [string, Task] => [task.name, task])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function taskIn(folder: string): Promise<Task | undefined> {
  const code = join(folder, 'task.ts');
  if (existsSync(code)) return (await import(code)).task;
  const file = join(folder, 'task.yaml');
  return existsSync(file) ? declaredTask(file, await readFile(file, 'utf8')) : undefined;
}

type Generate = (options: GeneratorOptions) => Iterable<GeneratedRow>;

/** What generates data of a task, for trying things out: `generate` of its folder's `generate.ts`; undefined without one. */
export async function loadGenerator(name: string): Promise<Generate | undefined> {
  const file = join(import.meta.dirname, name, 'generate.ts');
  return (await loadTasks()).has(name) && existsSync(file) ? (await import(file)).generate : undefined;
}
