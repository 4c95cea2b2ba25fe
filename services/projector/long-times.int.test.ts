import { afterAll, beforeAll, expect, test } from 'vitest';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import { confusionMatrix, macroF1 } from '../../ml/metrics/confusion.ts';
import { seededRandom } from '../../ml/random.ts';
import { sketchOf, sketchQuantile } from '../../ml/statistics/latency-sketch.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import { recorded } from '../../schemas/testing.ts';
import type { EmptyProjections } from '../../test/harness/projections.ts';
import { startServices } from '../../test/harness/services.ts';
import { sharedProjections } from '../../test/harness/shared-projections.ts';
import { service as projector } from './service.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-01T00:00:00.000Z');
const LABELS = ['a', 'b', 'c', 'd'];

interface Prediction {
  requestId: string;
  version: string;
  /** index of a label; of the version of numbers, the number */
  answer: number;
  truth: number;
  outcomes: number;
  latencyMs: number;
  at: number;
  failed: boolean;
}

const ofNumbers = (version: string) => version === 'v3.0.0';

/** Predictions of three versions over five hours, the last one's of numbers; half have an outcome, some two. */
function generate(count: number): Prediction[] {
  const random = seededRandom(11);
  const pick = () => Math.floor(random() ** 2 * LABELS.length);
  return Array.from({ length: count }, (_, i) => {
    const truth = pick();
    return {
      requestId: `request-${Math.floor(1e9 * random())}`, // ids of a client, in no order
      version: random() < 0.3 ? 'v2.0.0' : random() < 0.9 ? 'v1.0.0' : 'v3.0.0',
      answer: random() < 0.4 + 0.1 * truth ? truth : pick(),
      truth,
      outcomes: random() < 0.5 ? 1 + Math.floor(2 * random()) : 0,
      latencyMs: Math.exp(random() + random() + random()),
      at: START + Math.floor((i * 5 * HOUR) / count),
      failed: random() < 0.05,
    };
  });
}

/** An answer or a true value, as events have it. */
const answerOf = (version: string, of: number) =>
  ofNumbers(version) ? { label: null, value: of } : { label: LABELS[of]!, value: null };

function eventsOf({ requestId, version, answer, truth, outcomes, latencyMs, at, failed }: Prediction) {
  const asked = { requestId, instanceId: null, model: 'm', version, ...DIRECT, route: 'predict' };
  const about = { scores: {}, features: {}, inputHash: null, input: null, instant: at };
  const answered = failed
    ? newEvent('PredictionFailed', { ...asked, code: 'TIMEOUT', reason: 'slow' })
    : newEvent('PredictionServed', {
        ...asked,
        ...answerOf(version, answer),
        ...about,
        confidence: ofNumbers(version) ? null : 0.5,
        latencyMs,
      });
  const reports = Array.from({ length: failed ? 0 : outcomes }, (_, n) => {
    const reported = n === outcomes - 1 ? truth : (truth + 1) % LABELS.length; // the one before was wrong
    return newEvent('OutcomeReported', {
      requestId,
      ...answerOf(version, reported),
      reportedAt: at,
      source: 't',
    });
  });
  return [answered, ...reports];
}

const ALL = {
  environment: 'production',
  model: null,
  from: null,
  to: null,
  version: null,
  variant: null,
  route: null,
  limit: 1_000,
};
/** Minutes that are counted in full: those that begin in it. */
const SOME = {
  ...ALL,
  from: new Date(START + 17 * MINUTE).toISOString(),
  to: new Date(START + 3 * HOUR + 43 * MINUTE).toISOString(),
};
const WITHIN_AN_HOUR = {
  ...ALL,
  from: new Date(START + HOUR + 5 * MINUTE).toISOString(),
  to: new Date(START + HOUR + 25 * MINUTE).toISOString(),
};
const PERIODS = [ALL, SOME, WITHIN_AN_HOUR];

const isWithin = ({ from, to }: { from: string | null; to: string | null }, { at }: Prediction) =>
  (from === null || at >= Date.parse(from)) && (to === null || at < Date.parse(to));

let warehouse: EmptyProjections;
let query: NamedQuery;
const all = generate(1_500);
beforeAll(async () => {
  warehouse = await sharedProjections();
  const environment = { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' };
  await using services = await startServices([projector], { warehouse, environment });
  const events = all.flatMap((prediction, i) =>
    eventsOf(prediction).map(
      (event: NewEvent, n) => recorded(event, 3 * i + n, prediction.at) as RecordedEvent,
    ),
  );
  await services.log.append(events.map(services.codec.encode));
  await services.host.settled();
  query = await namedQueries(warehouse, PROJECTIONS);
});
afterAll(() => warehouse[Symbol.asyncDispose]());

test.each([
  { unit: 'minute', ms: MINUTE },
  { unit: 'hour', ms: HOUR },
  { unit: null, ms: Infinity },
])('percentiles and failures by $unit are those of every single prediction', async ({ unit, ms }) => {
  for (const period of PERIODS) {
    const by = ['version', ...(unit ? [unit] : [])];
    const rows = await query<Record<string, unknown>>('latency/percentiles', { ...period, by });
    const ofPeriod = all.filter((row) => isWithin(period, row));
    const startOf = (at: number) => (unit === null ? null : ms * Math.floor(at / ms));
    const groups = Map.groupBy(ofPeriod, ({ version, at }) => `${version}/${startOf(at)}`);
    expect(rows).toHaveLength(groups.size);
    for (const { version, start, predictions, failures, perSecond, p50, p95, p99 } of rows) {
      const group = groups.get(`${version}/${start === null ? null : Date.parse(String(start))}`)!;
      const latencies = group.filter(({ failed }) => !failed).map(({ latencyMs }) => latencyMs);
      expect([predictions, failures]).toEqual([latencies.length, group.length - latencies.length]);
      const minutes = group.map(({ at }) => Math.floor(at / MINUTE));
      const seconds = unit ? ms / 1000 : 60 * (Math.max(...minutes) - Math.min(...minutes) + 1);
      expect(perSecond).toBeCloseTo(latencies.length / seconds, 12);
      if (latencies.length === 0) continue;
      const sketch = sketchOf(latencies);
      expect([p50, p95, p99]).toEqual([0.5, 0.95, 0.99].map((q) => sketchQuantile(sketch, q)));
    }
  }
});

test('accuracy, F1 and error of versions are those of every prediction with an outcome', async () => {
  for (const period of PERIODS) {
    const versions = await query<Record<string, unknown>>('quality/by-version', period);
    expect(versions.map(({ version }) => version)).toEqual(['v1.0.0', 'v2.0.0', 'v3.0.0']);
    for (const { version, labelled, labels, predictions, ...measured } of versions) {
      const ofVersion = all.filter((row) => row.version === version && !row.failed && isWithin(period, row));
      const judged = ofVersion.filter(({ outcomes }) => outcomes > 0);
      expect([predictions, labelled]).toEqual([ofVersion.length, judged.length]);
      const column = (name: 'truth' | 'answer') => Int32Array.from(judged, (row) => row[name]);
      if (ofNumbers(String(version))) {
        const squares = judged.reduce((sum, { truth, answer }) => sum + (truth - answer) ** 2, 0);
        expect(measured).toMatchObject({ accuracy: null, macroF1: null });
        expect(measured.rmse).toBeCloseTo(Math.sqrt(squares / judged.length), 12);
        continue;
      }
      const confusion = confusionMatrix(column('truth'), column('answer'), LABELS.length);
      const hits = judged.filter(({ truth, answer }) => truth === answer).length;
      expect(measured.rmse).toBeNull();
      expect(measured.accuracy).toBeCloseTo(hits / judged.length, 12);
      expect(measured.macroF1).toBeCloseTo(macroF1(confusion), 12);
      const counted = Map.groupBy(ofVersion, ({ answer }) => LABELS[answer]!);
      expect(labels).toEqual(Object.fromEntries([...counted].map(([label, of]) => [label, of.length])));
    }
  }
});

test('a page with outcomes, or without, is that of all predictions, also where the newest have none', async () => {
  const count = 12_000;
  await warehouse.command(`
    INSERT INTO predictions (request_id, model, version, served_at)
    SELECT concat('r-', hex(sipHash64(number))), 'lists', 'v1.0.0', toDateTime64('2026-04-01', 3, 'UTC') + number FROM numbers(${count})`);
  await warehouse.command(`
    INSERT INTO outcomes (request_id, label, time)
    SELECT concat('r-', hex(sipHash64(number))), 'a', now() FROM numbers(${count}) WHERE number % 7 = 0 AND number NOT BETWEEN 900 AND 11900`);
  const rows = Array.from({ length: count }, (_, i) => ({
    servedAt: new Date(Date.parse('2026-04-01') + 1000 * i).toISOString(),
    isLabelled: i % 7 === 0 && (i < 900 || i > 11_900),
  })).reverse();
  const none = { ...ALL, model: 'lists', task: null, label: null, instanceId: null };
  for (const [labelled, limit, after] of [
    [null, 5, 0],
    [true, 5, 0], // among the newest
    [true, 50, 0], // and the oldest
    [true, 50, 11_000], // of those, behind a page
    [false, 50, 0],
    [false, 1_000, 11_500],
  ] as const) {
    const wanted = rows
      .slice(after)
      .filter(({ isLabelled }) => labelled === null || isLabelled === labelled)
      .slice(0, limit);
    const cursor = after === 0 ? [] : [rows[after - 1]!.servedAt, ''];
    const page = await query<{ servedAt: string; trueLabel: string | null }>(
      labelled === null ? 'predictions/list' : 'predictions/by-outcome',
      {
        ...none,
        labelled,
        limit,
        after: cursor,
      },
    );
    expect(
      page.map(({ servedAt, trueLabel }) => ({ servedAt, isLabelled: trueLabel !== null })),
      `${labelled} ${limit} ${after}`,
    ).toEqual(wanted);
  }
});
