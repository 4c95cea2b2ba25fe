import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryFolder } from './folder.ts';

/** The project's migrations but those of one question, as they were before it was asked; a folder of its own. */
export async function projectionsWithout(question: string) {
  const folder = await temporaryFolder('projections');
  await cp(PROJECTIONS, folder.path, {
    recursive: true,
    filter: (path) => path !== join(PROJECTIONS, question),
  });
  return folder;
}
