import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryFolder } from './folder.ts';

/** A copy of the project's projections without one folder, as if that was added later. */
export async function projectionsWithout(question: string) {
  const folder = await temporaryFolder('projections');
  await cp(PROJECTIONS, folder.path, {
    recursive: true,
    filter: (path) => path !== join(PROJECTIONS, question),
  });
  return folder;
}
