import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { declaredTask } from './declared/declared.ts';
import type { GeneratedRow, GeneratorOptions } from './generated/rows.ts';
import { type DeclaredModel, declaredModel } from './models.ts';
import type { Task } from './task.ts';

/** The tasks that come with epochlog, by name: every folder beside this file with a `task.ts` or a `task.yaml`. */
export async function loadTasks(): Promise<Map<string, Task>> {
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

interface ShortForm {
  readonly flags: string;
  readonly description: string;
}

/** What a folder's `options.ts` may export. */
interface TaskOptions {
  /** short for `--data` */
  readonly dataOption?: ShortForm;
  /** short for fields of `--instance` */
  readonly instanceOptions?: Readonly<Record<string, ShortForm>>;
  /** whether the folder's model is meant where none is named */
  readonly isDefault?: boolean;
}

/** What tasks call their data on the command line, short for `--data`: `dataOption` of a folder's `options.ts`. */
export const loadDataOptions = async (): Promise<ShortForm[]> =>
  (await loadOptions()).flatMap(({ options }) => options.dataOption ?? []);

/** What tasks call the fields of an instance on the command line, short for `--instance`: `instanceOptions` there. */
export const loadInstanceOptions = async (): Promise<{ field: string; option: ShortForm }[]> =>
  (await loadOptions()).flatMap(({ options }) =>
    Object.entries(options.instanceOptions ?? {}).map(([field, option]) => ({ field, option })),
  );

/** The model that is meant where none is named: that of the folder whose `options.ts` says so. */
export async function loadDefaultModel(): Promise<DeclaredModel> {
  const found = (await loadOptions()).find(({ options }) => options.isDefault);
  if (!found) throw new Error('no options.ts of a task says isDefault');
  const file = join(found.folder, 'model.yaml');
  return declaredModel(file, await readFile(file, 'utf8'));
}

async function loadOptions(): Promise<{ folder: string; options: TaskOptions }[]> {
  const folders = (await readdir(import.meta.dirname)).sort().map((name) => join(import.meta.dirname, name));
  return Promise.all(
    folders
      .filter((folder) => existsSync(join(folder, 'options.ts')))
      .map(async (folder) => ({ folder, options: await import(join(folder, 'options.ts')) })),
  );
}
