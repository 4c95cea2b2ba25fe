/** What tasks add to the command line. Apart from the tasks themselves, which take longer to load than a command may. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** An option of a command. */
export interface ShortForm {
  readonly flags: string;
  readonly description: string;
}

/** What a folder's `options.ts` may export. */
interface TaskOptions {
  /** short for `--data` */
  readonly dataOption?: ShortForm;
  /** short for fields of `--instance` */
  readonly instanceOptions?: Readonly<Record<string, ShortForm>>;
  /** what remote sources can be asked for, by name */
  readonly sourceOptions?: Readonly<Record<string, ShortForm>>;
  /** the folder's model, when it is meant where none is named */
  readonly defaultModel?: string;
}

/** What tasks call their data on the command line, short for `--data`: `dataOption` of a folder's `options.ts`. */
export const loadDataOptions = async (): Promise<ShortForm[]> =>
  (await loadOptions()).flatMap(({ options }) => options.dataOption ?? []);

/** What tasks call the fields of an instance on the command line, short for `--instance`: `instanceOptions` there. */
export const loadInstanceOptions = async (): Promise<{ field: string; option: ShortForm }[]> =>
  (await loadOptions()).flatMap(({ options }) =>
    Object.entries(options.instanceOptions ?? {}).map(([field, option]) => ({ field, option })),
  );

/** What remote sources can be asked for on the command line, by name: `sourceOptions` there. */
export const loadSourceOptions = async (): Promise<{ name: string; option: ShortForm }[]> =>
  (await loadOptions()).flatMap(({ options }) =>
    Object.entries(options.sourceOptions ?? {}).map(([name, option]) => ({ name, option })),
  );

/** The model that is meant where none is named, and its task: of the folder whose `options.ts` names one. */
export async function loadDefaultModel(): Promise<{ model: string; task: string }> {
  for (const { folder, options } of await loadOptions())
    if (options.defaultModel !== undefined) return { model: options.defaultModel, task: basename(folder) };
  throw new Error('no options.ts of a task names a defaultModel');
}

async function loadOptions(): Promise<{ folder: string; options: TaskOptions }[]> {
  const folders = (await readdir(import.meta.dirname)).sort().map((name) => join(import.meta.dirname, name));
  return Promise.all(
    folders
      .filter((folder) => existsSync(join(folder, 'options.ts')))
      .map(async (folder) => ({ folder, options: await import(join(folder, 'options.ts')) })),
  );
}
