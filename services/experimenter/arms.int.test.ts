import { beforeEach, expect, test } from 'vitest';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { seededRandom } from '../../ml/random.ts';
import { pairSumsOf } from '../../ml/statistics/estimate.ts';
import { sketchOf } from '../../ml/statistics/latency-sketch.ts';
import { measure } from '../../schemas/measurements/measure.ts';
import { sharedProjections } from '../../test/harness/shared-projections.ts';
import type { ArmRow } from './analysis.ts';

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
  return () => stack.disposeAsync();
});

/** Metrics of the user: one with a value for some pairs of labels, one that is always the same. */
const OWN = [
  {
    metric: 'custom.cost',
    otherwise: 20.5,
    values: [
      ...['a', 'b', 'c'].map((label) => ({ actual: label, predicted: label, value: 0 })),
      { actual: 'c', predicted: 'a', value: 500 },
      { actual: 'no "such" label\\', predicted: "'a'", value: 1 },
    ],
  },
  { metric: 'custom.count', otherwise: 1, values: [] },
];

const START = 1_700_000_000_000;
const DAY = 86_400_000;
const LABELS = ['a', 'b', 'c'];

/** A prediction, and what came of it. */
interface Row {
  arm: string;
  unit: string;
  requestId: string;
  label: string | null;
  value: number | null;
  confidence: number | null;
  latencyMs: number;
  failure: string | null;
  attributes: Record<string, string>;
  truth: string | null;
  trueValue: number | null;
}

const random = seededRandom(7);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

const NO_ANSWER = { label: null, value: null, confidence: null };
const NO_TRUTH = { truth: null, trueValue: null };
const answers = {
  label: () => ({ ...NO_ANSWER, label: pick(LABELS), confidence: random() }),
  value: () => ({ ...NO_ANSWER, value: 100 * random() }),
};
const truths = {
  label: () => ({ ...NO_TRUTH, truth: pick(LABELS) }),
  value: () => ({ ...NO_TRUTH, trueValue: 100 * random() }),
};

/** Requests of so many units, one to four of each; some fail, some have no outcome, some are of no country. */
function generate(units: number, kind: 'label' | 'value'): Row[] {
  return Array.from({ length: units }, (_, u) => {
    const arm = pick(['control', 'treatment']);
    return Array.from({ length: 1 + Math.floor(4 * random()) }, (_, r): Row => {
      const failure = random() < 0.05 ? 'INFERENCE_FAILED' : null;
      const country = pick(['DE', 'FR', null]);
      const answer = failure === null ? answers[kind]() : NO_ANSWER;
      const truth = random() < 0.7 ? truths[kind]() : NO_TRUTH;
      return {
        ...answer,
        ...truth,
        arm,
        unit: `unit-${u}`,
        requestId: `request-${u}-${r}`,
        latencyMs: 1 + 20 * random(),
        failure,
        attributes: country === null ? {} : { country },
      };
    });
  }).flat();
}

const numberOf = (unit: string): number => Number(unit.replace('unit-', ''));
const positionOf = (offset: number) => ({ event_id: `event-${offset}`, topic: 'p', partition: 0, offset });

async function insert(rows: readonly Row[], past: readonly Row[]) {
  const warehouse = stack.use(await sharedProjections());
  const predictions = rows.map((row, i) => ({
    experiment_id: 'e',
    variant: row.arm,
    unit: numberOf(row.unit),
    request_id: row.requestId,
    version: row.arm === 'control' ? 'v1' : 'v2',
    label: row.label,
    value: row.value,
    confidence: row.confidence,
    latency_ms: row.latencyMs,
    failure: row.failure,
    attributes: row.attributes,
    time: START + i,
    ...positionOf(i),
  }));
  const late = { ...predictions[0]!, request_id: 'late', unit: 1e6, ...positionOf(rows.length) };
  const other = { ...predictions[0]!, experiment_id: 'other', ...positionOf(0) };
  await warehouse.insert('experiment_predictions', [...predictions, late, other], 'predictions');
  await warehouse.insert(
    'unit_predictions',
    past.map((row, i) => ({
      model: 'm',
      unit: numberOf(row.unit),
      request_id: row.requestId,
      label: row.label,
      confidence: row.confidence,
      latency_ms: row.latencyMs,
      time: START - (1 + (i % 40)) * DAY, // some are older than 28 days
      ...positionOf(i),
    })),
    'past',
  );
  const outcomes = [...rows, ...past].flatMap(({ requestId, truth, trueValue }) => {
    if (truth === null && trueValue === null) return [];
    const outcome = { request_id: requestId, reported_at: START, source: 's', time: START };
    // the first report was wrong, and one comes too late for this measurement
    return [LABELS[0]!, truth, 'z'].map((label, at) => ({
      ...outcome,
      label: truth === null ? null : label,
      value: trueValue === null ? null : [0, trueValue, 1e6][at],
      event_id: `${requestId}-${at}`,
      topic: 'o',
      partition: 0,
      offset: at,
    }));
  });
  await warehouse.insert('outcomes', outcomes, 'outcomes');
  const query = await namedQueries(warehouse, PROJECTIONS);
  const ranges = [
    { topic: 'p', partition: 0, from: 0, to: rows.length },
    { topic: 'o', partition: 0, from: 0, to: 2 },
  ];
  const parameters = {
    experimentId: 'e',
    model: 'm',
    since: String(START),
    adjusts: '1',
    own: JSON.stringify(OWN),
  };
  const found = await measure(query, { query: 'experiments/arms', parameters, ranges });
  return found as ArmRow[];
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
const defined = <T>(values: readonly (T | null | undefined)[]): T[] =>
  values.filter((value) => value !== null && value !== undefined);
const isRight = ({ label, truth }: Row): number | null =>
  label !== null && truth !== null ? Number(label === truth) : null;

/** What a unit did, and its past, of a measure: y by x. */
interface Unit {
  y: readonly number[];
  x: number;
}

/** The same as the query, one unit after the other. */
function reference(rows: readonly Row[], past: readonly Row[]): ArmRow[] {
  const recent = past.filter((_, i) => 1 + (i % 40) <= 28 && rows.some(({ unit }) => unit === past[i]!.unit));
  const before = (unit: string, of: (row: Row) => number | null) => {
    const byUnit = Map.groupBy(recent, (row) => row.unit);
    const means = new Map([...byUnit].map(([name, own]) => [name, mean(defined(own.map(of)))]));
    return means.get(unit) ?? mean(defined([...means.values()])) ?? 0;
  };
  const answered = (of: (row: Row) => number | null) => (row: Row) => (row.failure === null ? of(row) : null);
  const latency = answered(({ latencyMs }) => latencyMs);
  const confidence = answered((row) => row.confidence);
  const ratio = (of: (row: Row) => number | null) => (_: string, own: readonly Row[]) => {
    const values = defined(own.map(of));
    return { y: values, x: values.length };
  };
  const adjusted = (of: (row: Row) => number | null, ofPast: (row: Row) => number | null) => {
    return (unit: string, own: readonly Row[]) => {
      const value = mean(defined(own.map(of)));
      return { y: defined([value]), x: value === undefined ? 0 : before(unit, ofPast) };
    };
  };
  const measures: Record<string, (unit: string, own: readonly Row[]) => Unit> = {
    errorRate: ratio(({ failure }) => Number(failure !== null)),
    latency: ratio(latency),
    confidence: ratio(confidence),
    accuracy: ratio(isRight),
    mae: ratio(({ value, trueValue }) =>
      value !== null && trueValue !== null ? Math.abs(value - trueValue) : null,
    ),
    adjustedAccuracy: adjusted(isRight, isRight),
    adjustedConfidence: adjusted(confidence, (row) => row.confidence),
    adjustedLatency: adjusted(latency, (row) => row.latencyMs),
    'custom.cost': ratio((row) => {
      if (isRight(row) === null) return null;
      if (row.label === row.truth) return 0;
      return row.truth === 'c' && row.label === 'a' ? 500 : 20.5;
    }),
    'custom.count': ratio((row) => (isRight(row) === null ? null : 1)),
  };
  const segments = ['', 'DE', 'FR'].map((value) => ({ attribute: value === '' ? '' : 'country', value }));
  return segments.flatMap(({ attribute, value }) =>
    ['control', 'treatment'].map((variant): ArmRow => {
      const own = rows.filter(
        ({ arm, attributes }) => arm === variant && (value === '' || attributes.country === value),
      );
      const units = [...Map.groupBy(own, ({ unit }) => unit)];
      const answers = own.filter(({ failure }) => failure === null);
      const sketch = sketchOf(answers.map(({ latencyMs }) => latencyMs));
      const cells = Map.groupBy(
        own.filter((row) => isRight(row) !== null),
        ({ truth, label }) => `${truth}/${label}`,
      );
      const isAll = attribute === '';
      return {
        attribute,
        value,
        variant,
        version: variant === 'control' ? 'v1' : 'v2',
        units: units.length,
        predictions: own.length,
        failures: own.length - answers.length,
        outcomes: own.filter((row) => isRight(row) !== null || (row.value !== null && row.trueValue !== null))
          .length,
        measures: Object.entries(measures).map(([measure, of]) => {
          const pairs = units
            .map(([unit, rowsOfUnit]) => of(unit, rowsOfUnit))
            .filter(({ y }) => y.length > 0)
            .map(({ y, x }) => [y.reduce((sum, one) => sum + one, 0), x] as const);
          return { measure, ...pairSumsOf(pairs) };
        }),
        latencyBuckets: isAll ? sketch.buckets : [],
        latencyCounts: isAll ? sketch.counts : [],
        confusion: isAll
          ? [...cells]
              .map(([, at]) => ({ actual: at[0]!.truth!, predicted: at[0]!.label!, count: at.length }))
              .sort((a, b) => (a.actual + a.predicted < b.actual + b.predicted ? -1 : 1))
          : [],
      };
    }),
  );
}

/** Numbers to twelve digits: a sum depends on the order of its terms. */
const rounded = (rows: readonly ArmRow[]): unknown =>
  JSON.parse(JSON.stringify(rows), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(12)) : value,
  );

test.each(['label', 'value'] as const)(
  'the warehouse counts the arms of an experiment as TypeScript does: answers with a %s',
  async (kind) => {
    const rows = generate(300, kind);
    const past = generate(200, kind).map((row) => ({
      ...row,
      requestId: `past-${row.requestId}`,
      failure: null,
    }));
    expect(rounded(await insert(rows, past))).toEqual(rounded(reference(rows, past)));
  },
);
