import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { killedStart, opened } from './killed-start.ts';

/** Files that the first start of a home creates, in order. `node test/bench/kills.ts` kills at random moments. */
const CREATED = ['log/data.mdb', 'warehouse/data/metadata/epochlog/events.sql'];

test('a home opens after first starts that were killed while the log or the projections were created', async () => {
  await using folder = await temporaryFolder('first-start');
  const home = join(folder.path, 'home');
  for (const file of CREATED) {
    const reached = () => eventually(async () => existsSync(join(home, file)) || undefined);
    expect(await killedStart(home, ['up'], reached)).toBe(true);
  }
  expect(await opened(home, false)).toMatchObject({ code: 0, stdout: expect.stringContaining('1 row') });
});
