import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from '../kernel/service.ts';

const folder = join(import.meta.dirname, '../services');

/**
 * All services, or those of the names given, sorted by name: every folder under services/ with a service.ts, which
 * exports `service`.
 */
export async function loadServices(only?: readonly string[]): Promise<Service[]> {
  const names = (await readdir(folder))
    .filter((name) => existsSync(join(folder, name, 'service.ts')) && (only?.includes(name) ?? true))
    .sort();
  const modules: { service: Service }[] = await Promise.all(
    names.map((name) => import(join(folder, name, 'service.ts'))),
  );
  return modules.map(({ service }) => service);
}
