// The rows of test/bench/warehouse.ts, generated of one seed in SQL: the same at each run.

/** Days that the predictions are of, evenly. */
export const DAYS = 60;
export const FIRST_DAY = Date.UTC(2026, 0, 1);
export const MODEL = 'flights';
export const DEPLOYMENT = '01930000-0000-7000-8000-00000000dddd';
export const EXPERIMENT = 'new-features';
/** When the experiment started, milliseconds: it has the second half of the predictions that are in no canary. */
export const SINCE = FIRST_DAY + 30 * 86_400_000;
/** Predictions of one user, on average. */
const PREDICTIONS_A_UNIT = 20;

/** The end offsets of all partitions, as a measurement has them. */
export const UNTIL = Object.fromEntries(
  ['predictions', 'outcomes'].flatMap((stream) => [0, 1, 2, 3].map((n) => [`epochlog.${stream}/${n}`, 1e9])),
);

/** Bits of a row, as a number in [0, 1). */
const uniform = (bits: string, from: number): string =>
  `(bitAnd(bitShiftRight(${bits}, ${from}), 65535) / 65536)`;

/** UUIDv7 of a row's moment and hash. */
const uuid = (hash: string): string =>
  `concat(substring(moment, 1, 8), '-', substring(moment, 9, 4), '-7', substring(${hash}, 1, 3), '-8', substring(${hash}, 4, 3), '-', substring(${hash}, 7, 12))`;

/** Of so many predictions, those from one number on, as the view of `predictions` would make them. */
function predictions(count: number): string {
  const at = `toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(intDiv(number * ${DAYS * 86_400_000}, ${count}))`;
  const canary = `(intDiv(number * 40, ${count}) IN (19, 20))`;
  return `
  INSERT INTO predictions
  SELECT ${uuid('substring(input, 1, 18)')}, if(number % 3 = 0, concat('flight-', toString(number)), NULL), '${MODEL}',
    multiIf(${canary} AND ${uniform('b', 0)} < 0.5, 'v3.0.0', number < ${count / 2}, 'v1.0.0', 'v2.0.0') AS version,
    ['on time', 'late', 'very late', 'cancelled', 'diverted'][1 + toUInt8(5 * pow(${uniform('a', 0)}, 2))], NULL,
    0.5 + ${uniform('a', 16)} / 2 AS confidence, 0.4 - (1 + (version = 'v2.0.0') / 10) * log(1 - ${uniform('a', 32)} + bitAnd(b, 1023) / 67108864),
    map('late', confidence, 'on time', 1 - confidence),
    concat('{"distance":', toString(400 + toUInt32(800 * ${uniform('b', 16)} + number / ${count} * 60)), ',"textLength":',
      toString(50 + bitAnd(b, 511)), ',"origin":"', ['EWR', 'JFK', 'LGA'][1 + a % 3], '"}'),
    if(${canary}, if(version = 'v3.0.0', 'candidate', 'production'), NULL), if(a % 5 = 0, 'infer', 'predict'), concat(input, reverse(input)), NULL,
    'production', 1, at, at, ${uuid('substring(input, 15, 18)')}, 'epochlog.predictions', number % 4, intDiv(number, 4)
  FROM
  (
    SELECT number, ${at} AS at, hex(toUInt64(toUnixTimestamp64Milli(at)) * 65536) AS moment, sipHash64(number) AS a,
      intHash64(number) AS b, lower(concat(hex(a), hex(b))) AS input
    FROM numbers({from:UInt64}, {count:UInt64})
  )`;
}

const OF_A_DAY = "served_at >= {day:DateTime('UTC')} AND served_at < {day:DateTime('UTC')} + INTERVAL 1 DAY";
const COUNTED = `[('latency', '', toUInt32(bitShiftRight(reinterpretAsUInt64(latency_ms), 45))), ('label', coalesce(label, ''), 0),
  ('confidence', '', toUInt32(floor(100 * coalesce(confidence, 0))))]`;

const MINUTES = `
  INSERT INTO prediction_counts
  SELECT 'minute', counted.1, model, environment, toStartOfMinute(served_at) AS minute, version, coalesce(variant, ''), route, counted.2,
    counted.3, minute, minute, 1
  FROM (SELECT *, arrayJoin(${COUNTED}) AS counted FROM predictions WHERE ${OF_A_DAY})`;

/** From the counts of minutes: the same as from predictions. */
const HOURS = `
  INSERT INTO prediction_counts
  SELECT 'hour', measure, model, environment, toStartOfHour(minute), version, variant, route, item, bucket, minute, minute, n
  FROM prediction_minutes WHERE ${OF_A_DAY.replaceAll('served_at', 'minute')}`;

const FAILED = `
  INSERT INTO failed_predictions
  SELECT concat('failed-', request_id), NULL, model, route, version, environment, 'INFERENCE_FAILED', 'it broke', served_at, event_id,
    topic, partition, offset
  FROM predictions WHERE ${OF_A_DAY} AND sipHash64(request_id) % 250 = 1`;

const ARMS = `
  INSERT INTO deployment_predictions
  SELECT '${DEPLOYMENT}', 2, coalesce(variant, ''), request_id, version, label, value, confidence, latency_ms,
    if(sipHash64(request_id) % 250 = 0, 'INFERENCE_FAILED', NULL), served_at, event_id, topic, partition, offset
  FROM predictions WHERE ${OF_A_DAY} AND variant IS NOT NULL`;

/** Half of the predictions have one, a twentieth of these a second; a third of them come up to a month later. */
const OUTCOMES = `
  INSERT INTO outcomes
  SELECT request_id, if(h % 5 = 0, 'late', label), NULL, reported, 'system', reported, event_id, 'epochlog.outcomes', partition, 2 * offset + again
  FROM
  (
    SELECT request_id, label, event_id, partition, offset, sipHash64(request_id) AS h,
      served_at + toIntervalSecond(if(bitAnd(h, 192) = 0, 2592000, 3600) * ${uniform('h', 16)}) AS reported,
      arrayJoin(if(bitAnd(h, 62) = 2, [0, 1], [0])) AS again
    FROM predictions WHERE ${OF_A_DAY} AND bitAnd(sipHash64(request_id), 1) = 0
  )`;

const unit = (count: number): string =>
  `intHash64(sipHash64(input_hash) % ${Math.ceil(count / PREDICTIONS_A_UNIT)})`;

/** Two arms, each with half of the users; all requests name one of three countries. */
const enrolled = (count: number): string => `
  INSERT INTO experiment_predictions
  SELECT '${EXPERIMENT}', if(bitAnd(unit, 1) = 0, 'control', 'treatment'), ${unit(count)} AS unit, request_id, version, label, value, confidence,
    latency_ms, if(sipHash64(request_id) % 250 = 0, 'INFERENCE_FAILED', NULL), map('country', ['DE', 'FR', 'IT'][1 + unit % 3]), served_at,
    event_id, topic, partition, offset
  FROM predictions WHERE ${OF_A_DAY} AND variant IS NULL AND served_at >= fromUnixTimestamp64Milli(${SINCE})`;

const units = (count: number): string => `
  INSERT INTO unit_predictions
  SELECT model, ${unit(count)}, request_id, label, confidence, latency_ms, served_at, event_id, topic, partition, offset
  FROM predictions WHERE ${OF_A_DAY}`;

/** A table, and what fills it: by blocks of numbered predictions, or day by day from `predictions`, as its view would. */
export interface Filling {
  table: string;
  by: 'block' | 'day';
  sql: string;
}

export const fillings = (count: number): Filling[] => [
  { table: 'predictions', by: 'block', sql: predictions(count) },
  { table: 'failed_predictions', by: 'day', sql: FAILED },
  { table: 'deployment_predictions', by: 'day', sql: ARMS },
  { table: 'outcomes', by: 'day', sql: OUTCOMES },
  { table: 'experiment_predictions', by: 'day', sql: enrolled(count) },
  { table: 'unit_predictions', by: 'day', sql: units(count) },
  { table: 'prediction_minutes', by: 'day', sql: MINUTES },
  { table: 'prediction_hours', by: 'day', sql: HOURS },
];
