import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engines/engine.ts';
import { InvalidInput } from './errors.ts';

const ENGINE_FILE = /^(?!engine\.ts$)([a-z0-9-]+)\.ts$/;

/** Every file of the folder, but for the interface, is an engine by the name of the file. */
const engines: ReadonlyMap<string, Engine> = new Map(
  await Promise.all(
    (await readdir(join(import.meta.dirname, 'engines')))
      .flatMap((file) => ENGINE_FILE.exec(file)?.[1] ?? [])
      .sort()
      .map(async (name): Promise<[string, Engine]> => {
        const { engine }: { engine: Engine } = await import(`./engines/${name}.ts`);
        return [name, engine];
      }),
  ),
);

/** @throws InvalidInput `engine` when there is none of that name; it says which there are */
export function engineNamed(name: string): Engine {
  const engine = engines.get(name);
  if (engine) return engine;
  const known = [...engines.keys()].join(', ');
  throw new InvalidInput('engine', `there is no engine '${name}'; there are: ${known}`);
}
