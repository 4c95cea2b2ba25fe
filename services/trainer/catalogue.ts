import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Engine } from './engines/engine.ts';

const FOLDER = join(import.meta.dirname, 'engines');
const ENGINE_FILE = /^(?!engine\.ts$)([a-z0-9-]+)\.ts$/;

/** The engine of that name, which is that of its file. ENGINE_UNKNOWN says which there are. */
export async function loadEngine(name: string): Promise<Engine> {
  const names = (await readdir(FOLDER)).flatMap((file) => ENGINE_FILE.exec(file)?.[1] ?? []);
  if (!names.includes(name)) {
    throw new EpochlogError('ENGINE_UNKNOWN', `there is no engine '${name}'; there are: ${names.join(', ')}`);
  }
  const { engine } = (await import(`./engines/${name}.ts`)) as { engine: Engine };
  return engine;
}
