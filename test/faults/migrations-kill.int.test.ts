import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse } from '../../infra/warehouse/testing/temporary.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { walkInterruptions } from './interrupted-migrations.ts';

/** All kinds of statements are here; `node test/bench/kills.ts --migrations` walks through all projections. */
const QUESTIONS = ['events', 'projector', 'records'];

test('a migration that is killed before or after any of its statements is applied by the next start', async () => {
  await using folder = await temporaryFolder('projections');
  for (const question of QUESTIONS) {
    await cp(join(PROJECTIONS, question), join(folder.path, question), { recursive: true });
  }
  await using under = await temporaryWarehouse();
  const walk = await walkInterruptions(under.warehouse, folder.path);
  expect(walk).toMatchObject({ missed: [], isWhole: true });
  expect(walk.kills).toBeGreaterThan(2 * walk.statements);
});
