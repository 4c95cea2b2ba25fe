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
  const [all, events] = [join(folder.path, 'all'), join(folder.path, 'events')];
  for (const [root, questions] of [
    [all, QUESTIONS],
    [events, ['events']],
  ] as const) {
    for (const question of questions)
      await cp(join(PROJECTIONS, question), join(root, question), { recursive: true });
  }
  await using under = await temporaryWarehouse();
  for (const walk of await walkInterruptions(under.warehouse, all, events)) {
    expect(walk).toMatchObject({ missed: [], isWhole: true });
    expect(walk.kills).toBeGreaterThan(walk.statements);
  }
});
