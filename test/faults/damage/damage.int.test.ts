import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInChild } from '../../../infra/log/embedded/check.ts';
import { openEmbeddedLog } from '../../../infra/log/embedded/log.ts';
import { type TemporaryFolder, temporaryFolder } from '../../harness/folder.ts';
import { KINDS } from './damages.ts';
import { buildLog, damageLog } from './log-campaign.ts';

/** Of each kind; `campaign.ts` runs more. */
const TRIALS = 5;

let folder: TemporaryFolder;
let source: string;

beforeAll(async () => {
  folder = await temporaryFolder('damage');
  source = join(folder.path, 'source');
  await buildLog(source);
});
afterAll(() => folder.remove());

describe('a damaged embedded log', () => {
  test('is read unchanged or is LOG_CORRUPT: no damage is silent, none crashes a process', async () => {
    const trials = KINDS.flatMap((kind) => Array.from({ length: TRIALS }, (_, seed) => ({ kind, seed })));
    const outcomes = await damageLog(source, folder.path, trials);
    expect(outcomes.filter(({ outcome }) => outcome !== 'harmless' && outcome !== 'LOG_CORRUPT')).toEqual([]);
    expect(outcomes.filter(({ outcome }) => outcome === 'LOG_CORRUPT').length).toBeGreaterThan(TRIALS);
  });

  test('is checked in a child process, whose crash is LOG_CORRUPT', async () => {
    expect(await checkInChild(source)).toBeGreaterThan(0);
    const crashing = new URL('./crashing-check.ts', import.meta.url);
    await expect(checkInChild(source, crashing)).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringMatching(/LMDB crashed with SIGSEGV .*; move it away, or restore it/),
    });
  });

  test('that has lost acknowledged records is LOG_CORRUPT', async () => {
    await writeFile(join(source, 'acknowledged'), `${'9'.padStart(16, '9')}\n`);
    await expect(openEmbeddedLog({ path: source })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringMatching(/records were acknowledged; the log beside it has \d+; restore/),
    });
    await writeFile(join(source, 'acknowledged'), 'something else');
    await expect(openEmbeddedLog({ path: source })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringContaining('delete it'),
    });
  });
});
