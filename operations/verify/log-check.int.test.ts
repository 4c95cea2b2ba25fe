import { expect, test } from 'vitest';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { newEvent, ownerOf, streamOf } from '../../schemas/catalogue.ts';
import { openCodec } from '../../schemas/codec.ts';
import { recorded } from '../../schemas/testing.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { checkLog } from './log-check.ts';

const COLLECTIONS = 'epochlog.collections';
const RUNS = 'epochlog.runs';

/** A fact whose id is derived from `number`. */
function fact(event: ReturnType<typeof failed | typeof refused>, number: number, sequence: number) {
  return { ...recorded(event, number), source: ownerOf(streamOf(event.type)), sequence };
}
const failed = (collectionId: string) =>
  newEvent('CollectionFailed', { collectionId, task: 'arxiv', code: 'NOT_FOUND', reason: '' });
const refused = (runId: string) =>
  newEvent('RunRefused', { runId, model: 'm', code: 'NOT_FOUND', reason: '' });

test('ids that occur twice and facts that are numbered wrong are found, wherever they are', async () => {
  await using folder = await temporaryFolder('log-check');
  const log = await openEmbeddedLog({ path: folder.path });
  await log.ensureTopics([
    { name: COLLECTIONS, partitions: 1 },
    { name: RUNS, partitions: 1 },
  ]);
  const codec = await openCodec(log.registry);
  const check = async () => {
    const upTo = await log.endOffsets([COLLECTIONS, RUNS]);
    return checkLog({ log, codec, upTo, dense: true, letters: [], scratch: folder.path });
  };
  const append = (...facts: ReturnType<typeof fact>[]) => log.append(facts.map(codec.encode));

  await append(fact(failed('a'), 0, 1), fact(failed('b'), 1, 1), fact(failed('a'), 2, 2));
  await append(fact(refused('a'), 3, 1));
  expect(await check()).toEqual({ events: 4, discarded: 0, findings: [], faults: 0 });

  const again = fact(refused('b'), 0, 1);
  await append(again, fact(refused('a'), 4, 3), fact(refused('a'), 5, 4), fact(refused('b'), 6, 1));
  expect(await check()).toEqual({
    events: 8,
    discarded: 0,
    faults: 3,
    findings: [
      `${RUNS}/0@1: the event id ${again.id} occurs twice`,
      ...[
        `${RUNS}/0@2: RunRefused has sequence 3 of a, expected is 2`,
        `${RUNS}/0@4: RunRefused has sequence 1 of b, expected is 2`,
      ].map((finding) => expect.stringContaining(finding)),
    ],
  });
  await log.close();
});
