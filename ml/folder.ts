import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const MODULE = /^(?!.*\.test\.ts$)([a-z0-9-]+)\.ts$/;

/** The modules of a folder beside this file, by the names of their files, without the one that holds the interface. */
export async function modulesIn<Module>(folder: string, interfaceName: string): Promise<Map<string, Module>> {
  const files = await readdir(join(import.meta.dirname, folder));
  const names = files
    .flatMap((file) => MODULE.exec(file)?.[1] ?? [])
    .filter((name) => name !== interfaceName);
  const modules = names.sort().map(async (name): Promise<[string, Module]> => {
    return [name, await import(`./${folder}/${name}.ts`)];
  });
  return new Map(await Promise.all(modules));
}
