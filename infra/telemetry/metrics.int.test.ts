import { expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { Service } from '../../kernel/service.ts';
import { METRICS, type MetricName } from '../../kernel/telemetry.ts';
import { batchesFor } from '../../test/harness/batches.ts';
import { collection, inPages } from '../../test/harness/collections.ts';
import { failing } from '../../test/harness/faults.ts';
import { startReceiver } from '../../test/harness/otlp-receiver.ts';
import { startServices } from '../../test/harness/services.ts';
import { createApp } from '../http/app.ts';
import { createPrometheus } from './prometheus.ts';
import { startTracing } from './tracing.ts';

/** Those of the predictor and of the API have tests of their own. */
const TESTED_ELSEWHERE: readonly MetricName[] = [
  'predictions',
  'predictionSeconds',
  'modelInProduction',
  'modelQuality',
  'driftPsi',
  'openAlerts',
];

const projector: Service = {
  name: 'projector',
  reactsTo: '*',
  effects: true,
  start: () => ({ batch: batchesFor(async () => {}) }),
};

/** What `GET /metrics` answers, the second time: the first is a request that it measures. */
async function scrapedAfterWork(): Promise<string> {
  await using receiver = await startReceiver();
  const telemetry = createPrometheus();
  const tracing = { url: receiver.url, system: 'epochlog', telemetry, logger: NO_LOGGER } as const;
  const tracer = startTracing(tracing);
  const busy = failing(2, new EpochlogError('OVERLOADED', 'busy'));
  const crash = failing(1, new Error('a defect'));
  const collector = inPages(3, (number, collectionId) => {
    if (collectionId === 'bad') throw new EpochlogError('INPUT_INVALID', 'no such source');
    if (number === 2) busy();
    if (number === 3) crash();
  });
  const services = [collector, projector];
  await using started = await startServices(services, { telemetry, tracer, restarts: 1 });
  await started.publish(collection('good'), collection('bad'));
  await tracer.close();
  receiver.answer(400);
  const refused = startTracing(tracing);
  await refused.batch('projector', { records: [], count: 0 }, async () => {});
  await refused.close();
  const config = { token: undefined };
  const ready = async () => {};
  const app = await createApp({ config, services, host: started.host, telemetry, logger: NO_LOGGER, ready });
  try {
    await app.inject('/metrics');
    return (await app.inject('/metrics')).body;
  } finally {
    await app.close();
  }
}

test('/metrics has every metric of running services', async () => {
  const text = await scrapedAfterWork();
  const lines = text.split('\n');
  for (const metric of Object.keys(METRICS) as MetricName[]) {
    if (TESTED_ELSEWHERE.includes(metric)) continue;
    const { name, kind, labels } = METRICS[metric];
    const series = kind === 'histogram' ? `${name}_bucket` : name;
    const found = lines.filter((line) => line.startsWith(`${series}{`) || line.startsWith(`${series} `));
    expect(found, series).not.toEqual([]);
    for (const label of labels) expect(found[0], series).toContain(`${label}="`);
  }
  const expected = [
    'epochlog_events_published_total{source="test",type="CollectionRequested"} 2',
    'epochlog_publish_seconds_count{source="test"} 1',
    'epochlog_events_handled_total{service="collector",type="CollectionRequested"} 2',
    'epochlog_events_handled_total{service="projector",type="PageCollected"} 3',
    'epochlog_events_emitted_total{service="collector",type="PageCollected"} 3',
    'epochlog_retries_total{service="collector",code="OVERLOADED"} 2',
    'epochlog_dead_letters_total{service="collector",code="INPUT_INVALID"} 1',
    'epochlog_service_restarts_total{service="collector"} 1',
    'epochlog_consumer_lag{service="collector"} 0',
    'epochlog_consumer_lag{service="projector"} 0',
    'epochlog_appended_records_total{topic="epochlog.collections"} 5',
    'epochlog_appended_records_total{topic="epochlog.collections.dlq"} 1',
    'epochlog_spans_dropped_total{reason="refused"} 1',
  ];
  expect(lines).toEqual(expect.arrayContaining(expected));
});
