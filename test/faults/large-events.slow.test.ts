import { afterEach, expect, test, vi } from 'vitest';
import { ClickHouse } from '../../infra/warehouse/clickhouse.ts';
import { digest } from '../../infra/warehouse/digest.ts';
import { MAX_INSERT_BYTES } from '../../kernel/record-size.ts';
import { topicOf } from '../../kernel/topics.ts';
import { rebuiltDigests } from '../../operations/verify/rebuild.ts';
import { ALL_STREAMS, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { recorded } from '../../schemas/testing.ts';
import { startApi } from '../harness/api.ts';

const COUNT = 34; // more than a result of the embedded warehouse may have
const MEGABYTE = 1_000_000;
/** The limit of a page: its records, the last event, and the JSON around them. */
const LARGEST_PAGE = 6 * MEGABYTE;

/** An event larger than today's limits, by an older version or another writer. */
function promotion(i: number): RecordedEvent {
  const reason = 'x'.repeat(MEGABYTE);
  return recorded(
    newEvent('PromotionRequested', {
      ...{ model: `m${i}`, version: 'v1', reason, requestedBy: 'me', expected: null, force: false },
    }),
    i,
  );
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('texts of a megabyte are projected, paged and rebuilt in small batches', async () => {
  const insert = vi.spyOn(ClickHouse.prototype, 'insertBinary'); // which it only watches
  const events = Array.from({ length: COUNT }, (_, i) => promotion(i));
  await using under = await startApi(events);
  const { services, warehouse } = under;

  const seen: string[] = [];
  for (let cursor = ''; cursor !== 'null'; ) {
    const page = await under.get(`/v1/events?limit=1000${cursor && `&cursor=${cursor}`}`);
    expect(JSON.stringify(page).length).toBeLessThan(LARGEST_PAGE);
    const { items, next } = page;
    seen.push(...items.map(({ id }: { id: string }) => id));
    cursor = String(next);
  }
  expect(seen).toEqual(events.map(({ id }) => id));

  const upTo = await services.log.endOffsets(ALL_STREAMS.map(topicOf));
  expect(await rebuiltDigests(services, upTo, warehouse)).toEqual(await digest(warehouse));

  const rows = insert.mock.calls.filter(([table]) => table === 'events').map(([, , { ends }]) => ends.length);
  expect(rows.reduce((sum, count) => sum + count)).toBe(2 * COUNT);
  expect(Math.max(...rows) * MEGABYTE).toBeLessThanOrEqual(MAX_INSERT_BYTES);
});
