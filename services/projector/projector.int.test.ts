import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest } from '../../infra/warehouse/digest.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { systemCodeOf } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { confusionMatrix, macroF1 } from '../../ml/metrics/confusion.ts';
import { seededRandom } from '../../ml/random.ts';
import { sketchOf, sketchQuantile } from '../../ml/statistics/latency-sketch.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import { recorded } from '../../schemas/testing.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { mixedEvent, rowsAfter } from '../../test/harness/mixed-events.ts';
import { emptyProjections, rowsOf } from '../../test/harness/projections.ts';
import { startServices } from '../../test/harness/services.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';
import { service as projector } from './service.ts';

let under: WarehouseUnderTest;
let projections: ReturnType<typeof emptyProjections>;
beforeAll(async () => {
  under = await temporaryWarehouse();
  projections = emptyProjections(under.warehouse);
});
afterAll(() => under[Symbol.asyncDispose]());

const project = (warehouse: Warehouse) =>
  startServices([projector], { warehouse, environment: { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' } });

test('every event is in `events` as it is in the log', async () => {
  await using warehouse = await projections();
  await using services = await project(warehouse);
  const scenario = smallScenario();
  await services.log.append(scenario.map(services.codec.encode));
  await services.host.settled();
  const rows = await warehouse.query<Record<string, unknown>>(
    'SELECT id, type, stream, subject, source, time, sequence, correlation_id, causation_id, data FROM events ORDER BY time',
  );
  expect(rows.map(({ data, ...row }) => ({ ...row, data: JSON.parse(String(data)) }))).toEqual(
    scenario.map((event) => ({
      id: event.id,
      type: event.type,
      subject: event.subject,
      source: event.source,
      sequence: event.sequence,
      stream: expect.any(String),
      time: new Date(event.time).toISOString(),
      correlation_id: event.correlationId,
      causation_id: event.causationId ?? '',
      data: event.data,
    })),
  );
});

test('an emptied warehouse is rebuilt from the log', async () => {
  await using folder = await temporaryFolder('emptied');
  const scenario = smallScenario();
  await using before = await projections();
  {
    await using services = await startServices([projector], { warehouse: before, home: folder.path });
    await services.log.append(scenario.map(services.codec.encode));
    await services.host.settled();
  }
  await using after = await projections();
  await using services = await startServices([projector], { warehouse: after, home: folder.path });
  await services.host.settled();
  expect(await digest(after)).toEqual(await digest(before));
});

test('the projections do not depend on the batches', async () => {
  const events = Array.from({ length: 40 }, (_, i) => mixedEvent(i));
  const digests = [];
  for (const size of [40, 9]) {
    await using warehouse = await projections();
    await using services = await project(warehouse);
    for (let i = 0; i < events.length; i += size) {
      await services.log.append(events.slice(i, i + size).map(services.codec.encode));
      await services.host.settled();
    }
    expect(await rowsOf(warehouse)).toEqual(rowsAfter(events.length));
    digests.push(await digest(warehouse));
  }
  expect(digests[1]).toEqual(digests[0]);
});

test('a batch that is in its views but not in `events` is completed unchanged, although the next poll returns more', async () => {
  await using folder = await temporaryFolder('completed');
  await using warehouse = await projections();
  const papers = [0, 5, 10, 15].map(mixedEvent);
  {
    const faults = { beforeCommit: failing(Infinity, new Error('it crashes before it commits')) };
    await using services = await startServices([projector], { warehouse, home: folder.path, faults });
    await services.log.append(papers.slice(0, 2).map(services.codec.encode));
    await eventually(async () => services.host.failed.aborted || undefined);
    expect(await rowsOf(warehouse)).toEqual({ events: 2, records: 2 });
    await services.log.append(papers.slice(2).map(services.codec.encode));
  }
  await warehouse.command('TRUNCATE TABLE events');
  await using services = await startServices([projector], { warehouse, home: folder.path });
  await services.host.settled();
  expect(await rowsOf(warehouse)).toEqual({ events: 4, records: 4 });
});

test('projections of another log are refused', async () => {
  await using warehouse = await projections();
  {
    await using services = await project(warehouse);
    await services.log.append([mixedEvent(0)].map(services.codec.encode));
    await services.host.settled();
  }
  await expect(project(warehouse)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/reach epochlog\.records\/0@0, the log does not/),
  });
});

/** Kills the engine; false between two engines. */
function killed(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

test('kills of the engine during inserts lose and duplicate nothing', async () => {
  const kills = 4;
  await using warehouse = await projections();
  await using services = await project(warehouse);
  let count = 0;
  let dead = 0;
  const behind = async () => (await services.host.lag()).get('projector') ?? 0;
  while (dead < kills) {
    const batch = Array.from({ length: 1 + Math.floor(Math.random() * 80) }, () => mixedEvent(count++));
    await services.log.append(batch.map(services.codec.encode));
    if (Math.random() < 0.3) {
      await sleep(Math.random() * 80); // anywhere within an insert
      if (killed(under.engine.pid)) dead += 1;
    }
    await eventually(async () => ((await behind()) < 60 ? true : undefined));
  }
  await services.host.settled();
  expect(services.host.status()).toMatchObject([{ crashes: 0 }]);
  expect(await rowsOf(warehouse)).toEqual(rowsAfter(count));
});

const START = Date.parse('2026-03-01T00:00:00.000Z');
const LABELS = ['a', 'b', 'c', 'd'];
const NO_BOUNDS = {
  environment: 'production',
  model: null,
  from: null,
  to: null,
  version: null,
  variant: null,
  route: null,
  limit: 1_000,
};

/** Predictions of two versions over an hour, each label with another chance to be right; half have an outcome, some two. */
function generated(count: number) {
  const random = seededRandom(11);
  const pick = () => Math.floor(random() ** 2 * LABELS.length);
  return Array.from({ length: count }, (_, i) => {
    const truth = pick();
    return {
      version: random() < 0.3 ? 'v2.0.0' : 'v1.0.0',
      label: random() < 0.4 + 0.1 * truth ? truth : pick(),
      truth,
      outcomes: random() < 0.5 ? 1 + Math.floor(2 * random()) : 0,
      latencyMs: Math.exp(random() + random() + random()),
      at: START + Math.floor((i * 3_600_000) / count),
      failed: random() < 0.05,
    };
  });
}

test('latency and quality from counts of minutes are those of every single prediction', async () => {
  await using warehouse = await projections();
  await using services = await project(warehouse);
  const all = generated(600);
  const events = all.flatMap(
    ({ version, label, truth, outcomes, latencyMs, at, failed }, i): RecordedEvent[] => {
      const asked = {
        requestId: `request-${i}`,
        instanceId: null,
        model: 'm',
        version,
        ...DIRECT,
        route: 'predict',
      };
      const answer = failed
        ? newEvent('PredictionFailed', { ...asked, code: 'TIMEOUT', reason: 'slow' })
        : newEvent('PredictionServed', {
            ...asked,
            label: LABELS[label]!,
            value: null,
            confidence: 0.5,
            latencyMs,
            scores: {},
            features: {},
            inputHash: null,
            input: null,
            instant: at,
          });
      const reports = Array.from({ length: failed ? 0 : outcomes }, (_, n) => {
        const isLast = n === outcomes - 1;
        const reported = LABELS[isLast ? truth : (truth + 1) % LABELS.length]!;
        return newEvent('OutcomeReported', {
          requestId: `request-${i}`,
          label: reported,
          value: null,
          reportedAt: at,
          source: 't',
        });
      });
      return [answer, ...reports].map(
        (event: NewEvent, n) => recorded(event, 3 * i + n, at) as RecordedEvent,
      );
    },
  );
  await services.log.append(events.map(services.codec.encode));
  await services.host.settled();
  const query = await namedQueries(warehouse, PROJECTIONS);

  const answered = all.filter(({ failed }) => !failed);
  const minuteOf = (at: number) => Math.floor(at / 60_000);
  const rows = await query<Record<string, unknown>>('latency/percentiles', {
    ...NO_BOUNDS,
    by: ['version', 'minute'],
  });
  expect(rows.length).toBeGreaterThan(100);
  for (const { version, start, predictions, failures, p50, p95, p99 } of rows) {
    const isHere = (row: (typeof all)[number]) =>
      row.version === version && minuteOf(row.at) === minuteOf(Date.parse(String(start)));
    const latencies = answered.filter(isHere).map(({ latencyMs }) => latencyMs);
    expect([predictions, failures]).toEqual([
      latencies.length,
      all.filter((row) => row.failed && isHere(row)).length,
    ]);
    if (latencies.length === 0) continue;
    const sketch = sketchOf(latencies);
    expect([p50, p95, p99]).toEqual([0.5, 0.95, 0.99].map((q) => sketchQuantile(sketch, q)));
  }

  const versions = await query<Record<string, unknown>>('quality/by-version', NO_BOUNDS);
  expect(versions).toHaveLength(2);
  for (const { version, labelled, accuracy, macroF1: f1, predictions } of versions) {
    const ofVersion = answered.filter((row) => row.version === version);
    const judged = ofVersion.filter(({ outcomes }) => outcomes > 0);
    const column = (name: 'truth' | 'label') => Int32Array.from(judged, (row) => row[name]);
    const confusion = confusionMatrix(column('truth'), column('label'), LABELS.length);
    const hits = judged.filter(({ truth, label }) => truth === label).length;
    expect([predictions, labelled]).toEqual([ofVersion.length, judged.length]);
    expect(accuracy).toBeCloseTo(hits / judged.length, 12);
    expect(f1).toBeCloseTo(macroF1(confusion), 12);
  }
});
