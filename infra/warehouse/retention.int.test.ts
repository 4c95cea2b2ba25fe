import { afterAll, beforeAll, expect, test } from 'vitest';
import { topicOf } from '../../kernel/topics.ts';
import { rebuiltDigests } from '../../operations/verify/rebuild.ts';
import { ALL_STREAMS, type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import { recorded } from '../../schemas/testing.ts';
import { service as projector } from '../../services/projector/service.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { startServices } from '../../test/harness/services.ts';
import { digest } from './digest.ts';
import { migrate } from './migrate.ts';
import { PROJECTIONS, readMigrations } from './projections.ts';
import { applyRetention, expiringTables, keptSince } from './retention.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from './testing/temporary.ts';

const DAY = 86_400_000;
const EXPIRING = [
  'deployment_predictions',
  'experiment_predictions',
  'failed_predictions',
  'outcomes',
  'predictions',
  'shadow_predictions',
  'unit_predictions',
];

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());

/** A prediction and its outcome, so many days ago. */
function ofDaysAgo(days: number, i: number): RecordedEvent[] {
  const requestId = `request-${i}`;
  const at = Date.now() - days * DAY;
  const prediction = newEvent('PredictionServed', {
    ...DIRECT,
    requestId,
    instanceId: null,
    model: 'm',
    version: 'v1.0.0',
    label: 'a',
    value: null,
    confidence: 0.5,
    latencyMs: 1,
    scores: {},
    features: {},
    route: 'predict',
    inputHash: null,
    input: null,
    instant: at,
  });
  const outcome = newEvent('OutcomeReported', {
    requestId,
    label: 'a',
    value: null,
    reportedAt: at,
    source: 's',
  });
  return [prediction, outcome].map((event: NewEvent, n) => recorded(event, 2 * i + n, at) as RecordedEvent);
}

test('what expires are the rows of single predictions and outcomes: not counts, and nothing of other streams', async () => {
  const tables = expiringTables(await readMigrations(PROJECTIONS)).map(({ table }) => table);
  expect(tables.sort()).toEqual(EXPIRING);
});

test('rows older than the retention leave the tables, their counts stay, and a rebuild compares what is kept', async () => {
  await using stack = new AsyncDisposableStack();
  const warehouse = await under.warehouse.scratch('epochlog_projections');
  stack.defer(() => warehouse.close());
  await migrate(warehouse, PROJECTIONS);
  expect((await applyRetention(warehouse, PROJECTIONS, 30)).sort()).toEqual(EXPIRING);
  expect(await applyRetention(warehouse, PROJECTIONS, 30)).toEqual([]);
  const services = stack.use(
    await startServices([projector], { warehouse, environment: { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' } }),
  );
  const events = [45, 40, 28.9, 10, 1].flatMap(ofDaysAgo);
  await services.log.append(events.map(services.codec.encode));
  await services.host.settled();

  const count = async (table: string, what = 'count()') =>
    (await warehouse.query<{ n: number }>(`SELECT ${what} AS n FROM ${table}`))[0]!.n;
  for (const table of ['predictions', 'outcomes']) {
    await warehouse.command(`OPTIMIZE TABLE ${table} FINAL`); // what ClickHouse does by and by
    await eventually(async () => (await count(table)) === 3 || undefined);
  }
  expect(await count('prediction_minutes', 'sum(n)')).toBe(3 * 5);
  expect(await count('prediction_hours', 'sum(n)')).toBe(3 * 5);
  expect(await count('events')).toBe(10);

  const kept = await keptSince(warehouse, Date.now());
  expect(kept.map(({ table }) => table).sort()).toEqual(EXPIRING);
  const upTo = await services.log.endOffsets(ALL_STREAMS.map(topicOf));
  const live = await digest(warehouse, [], kept);
  expect(await rebuiltDigests(services, upTo, warehouse, [], kept)).toEqual(live);
  expect(live.find(({ table }) => table === 'predictions')).toMatchObject({ rows: 3 });

  await warehouse.command('ALTER TABLE outcomes DELETE WHERE 1 SETTINGS mutations_sync = 1'); // what is lost is still found
  expect(await digest(warehouse, [], kept)).not.toEqual(live);

  expect((await applyRetention(warehouse, PROJECTIONS, undefined)).sort()).toEqual(EXPIRING);
  expect(await keptSince(warehouse, Date.now())).toEqual([]);
});
