import { expect, test } from 'vitest';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { createReader } from '../../kernel/reader.ts';
import { openCodec } from '../../schemas/codec.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { latest } from './latest.ts';

const TOPIC = 'input';
const RECORDS = 40;
/** together more than one read of a log returns */
const VALUE = Buffer.alloc(1 << 20);

test.each([true, false])(
  'the latest events are all there, however large they are (index: %s)',
  async (withIndex) => {
    await using folder = await temporaryFolder('latest');
    const log = await openEmbeddedLog({ path: folder.path });
    await log.ensureTopics([{ name: TOPIC, partitions: 1 }]);
    await log.append(
      Array.from({ length: RECORDS }, (_, i) => ({
        topic: TOPIC,
        key: 'key',
        value: VALUE,
        headers: { ce_type: i % 2 === 0 ? 'Even' : 'Odd' },
      })),
    );
    const events = createReader(log, await openCodec(log.registry));
    const source = { log, events, lookUp: withIndex ? log.lookUp.bind(log) : undefined };
    const offsets = async (limit: number, type?: string) =>
      (await latest(source, await log.endOffsets([TOPIC]), { limit, ...(type && { type }) })).map(
        ({ offset }) => offset,
      );

    expect(await log.read({ topic: TOPIC, partition: 0, offset: 0 }, RECORDS)).not.toHaveLength(RECORDS);
    expect(await offsets(1_000)).toEqual(Array.from({ length: RECORDS }, (_, i) => i));
    expect(await offsets(3)).toEqual([37, 38, 39]);
    expect(await offsets(1_000, 'Odd')).toHaveLength(RECORDS / 2);
    expect(await offsets(2, 'Even')).toEqual([36, 38]);
    await log.close();
  },
);
