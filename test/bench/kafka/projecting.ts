import { createClient } from '@clickhouse/client';
import { migrate } from '../../../infra/warehouse/migrate.ts';
import { PROJECTIONS } from '../../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../../infra/warehouse/testing/temporary.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import type { Service } from '../../../kernel/service.ts';
import type { LoggedEvent } from '../../../schemas/catalogue.ts';
import { service } from '../../../services/projector/service.ts';
import { startServices } from '../../harness/services.ts';
import { type Bench, PAPERS } from './bench.ts';
import { countingCommits, decoded } from './deciding.ts';
import { Meter, type Rate } from './meter.ts';
import { consumeBatches } from './raw.ts';
import type { Contest } from './turns.ts';

/** A fetch of kafkajs returns records of one partition: this is enough for an efficient insert. */
const FETCH_BYTES = 8 << 20;

/** The real projector, for papers only: other topics contain the records of other contests. */
const projector: Service = { ...service, reactsTo: ['RecordIngested'] };

/** Every paper becomes a row of `events`, and through a materialized view one of `records`. */
export async function projectContest(bench: Bench, stack: AsyncDisposableStack): Promise<Contest> {
  const under = stack.use(await temporaryWarehouse());
  return {
    what: 'project',
    unit: 'rows/s',
    contestants: {
      'epochlog, its projector': () => withProjections(under, (warehouse) => project(bench, warehouse)),
      'kafkajs and @clickhouse/client': () =>
        withProjections(under, ({ database }) => projectRaw(bench, under, database)),
    },
  };
}

const ROWS_OF_EVENT = 2;

/** The rows of an event as one would write them by hand. */
const eventRow = ({ causationId, correlationId, data, ...event }: LoggedEvent) => ({
  ...event,
  stream: 'records',
  correlation_id: correlationId,
  causation_id: causationId ?? '',
  data: JSON.stringify(data),
});
const recordRow = ({ topic, partition, offset, id, type, time, data }: LoggedEvent) => ({
  _topic: topic,
  _partition: partition,
  _offset: offset,
  _id: id,
  _type: type,
  _time: time,
  ...data,
  fields: 'fields' in data ? JSON.stringify(data.fields) : '',
});

/** An empty database with all projections. */
async function withProjections(
  { warehouse }: WarehouseUnderTest,
  measure: (warehouse: Warehouse) => Promise<Meter>,
): Promise<Rate> {
  const fresh = await warehouse.scratch('epochlog_bench');
  try {
    await migrate(fresh, PROJECTIONS);
    const { perSecond, cpuMicros } = (await measure(fresh)).rate;
    return { perSecond: ROWS_OF_EVENT * perSecond, cpuMicros: cpuMicros / ROWS_OF_EVENT };
  } finally {
    await fresh.close();
  }
}

async function project({ records, seconds, freshStore }: Bench, warehouse: Warehouse): Promise<Meter> {
  const meter = new Meter(seconds);
  await using stack = new AsyncDisposableStack();
  const store = await freshStore();
  stack.defer(() => store.close());
  const { telemetry, done } = countingCommits(meter, records.length);
  stack.use(await startServices([projector], { store, telemetry, warehouse }));
  await done;
  return meter;
}

async function projectRaw(
  { kafka, codec, records, seconds, freshName }: Bench,
  { engine }: WarehouseUnderTest,
  database: string,
): Promise<Meter> {
  const { url, username = '', password = '', embedded } = engine.current();
  const client = createClient({ url, username, password, database, http_headers: { ...embedded?.headers } });
  const meter = new Meter(seconds);
  let seen = 0;
  await consumeBatches(kafka, PAPERS, {
    groupId: freshName(),
    maxBytesPerPartition: FETCH_BYTES,
    async isLast({ batch, commitOffsetsIfNecessary }) {
      const events: LoggedEvent[] = [];
      for (const message of batch.messages) events.push(await decoded(message, batch, codec));
      await client.insert({ table: 'events', values: events.map(eventRow), format: 'JSONEachRow' });
      await client.insert({ table: 'stream_records', values: events.map(recordRow), format: 'JSONEachRow' });
      const { topic, partition } = batch;
      const offset = String(Number(batch.lastOffset()) + 1);
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
      seen += batch.messages.length;
      meter.add(batch.messages.length);
      return seen >= records.length || meter.isOver;
    },
  });
  await client.close();
  return meter;
}
