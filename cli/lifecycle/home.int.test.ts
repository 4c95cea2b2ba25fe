import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../infra/config/config.ts';
import { lifecycleIds } from '../../operations/lifecycle/ids.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { DEFAULT_MODEL } from '../arguments.ts';
import { openStore } from '../store.ts';
import { homeFor } from './home.ts';

const { model, task } = DEFAULT_MODEL;
const CUT = '2025-01-01';

async function begin(home: string, source: string): Promise<void> {
  const { publisher, close } = await openStore(readConfig({ home }, {}), 'test');
  const collectionId = lifecycleIds(model).history;
  const request = {
    collectionId,
    task,
    source,
    sourceName: 'a',
    generated: false,
    from: null,
    to: CUT,
    requestedBy: 'ada',
  };
  await publisher.publish([newEvent('CollectionRequested', request)]);
  await close();
}

test('other records go to a home of their own, unless the user named the home', async () => {
  await using folder = await temporaryFolder('lifecycle-home');
  const home = join(folder.path, 'home');
  const config = readConfig({ home }, {});
  const source = `sha256:${'1'.repeat(64)}`;
  const wanted = (digest: string) => ({
    model,
    cut: CUT,
    records: async () => ({ source: digest, name: 'Some papers.jsonl.gz' }),
  });
  const other = `sha256:${'2'.repeat(64)}`;
  const chosen = async (digest: string) => (await homeFor(config, false, wanted(digest))).home;

  expect(await chosen(source)).toBe(home);
  await begin(home, source);
  expect(await chosen(source)).toBe(home);
  expect(await chosen(other)).toBe(`${home}-some-papers`);
  await expect(homeFor(config, true, wanted(other))).rejects.toMatchObject({ code: 'CONFLICT' });
  await begin(`${home}-some-papers`, other);
  expect(await chosen(other)).toBe(`${home}-some-papers`);
  await expect(chosen(`sha256:${'3'.repeat(64)}`)).rejects.toThrow(/other records.*--home/);
});
