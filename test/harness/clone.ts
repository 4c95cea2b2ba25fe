import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventSchema } from '../../kernel/schema.ts';
import { type TemporaryFolder, temporaryFolder } from './folder.ts';

const root = join(import.meta.dirname, '../..');
const PARTS = [
  'cli',
  'infra',
  'kernel',
  'ml',
  'operations',
  'projections',
  'schemas',
  'services',
  'tasks',
  'package.json',
];

/** A copy of the project that a test may change, as a developer does. */
export interface Clone extends TemporaryFolder {
  at(file: string): string;
  /** Rewrites the schema of an event, `<stream>/<name>`. */
  change(event: string, edit: (schema: EventSchema) => EventSchema): Promise<void>;
}

/** Copies what runs, and what else is named. */
export async function cloneProject(...others: readonly string[]): Promise<Clone> {
  const folder = await temporaryFolder('clone');
  const at = (file: string) => join(folder.path, file);
  for (const part of [...PARTS, ...others]) await cp(join(root, part), at(part), { recursive: true });
  await symlink(join(root, 'node_modules'), at('node_modules'));
  return {
    ...folder,
    at,
    async change(event, edit) {
      const path = at(`schemas/${event}.avsc`);
      await writeFile(path, JSON.stringify(edit(JSON.parse(await readFile(path, 'utf8')))));
    },
  };
}
