import { expect, test } from 'vitest';
import { METRICS } from '../../kernel/telemetry.ts';
import { createPrometheus } from './prometheus.ts';

test('what is counted, gauged and observed is what Prometheus reads', async () => {
  const telemetry = createPrometheus();
  telemetry.count('retries', { service: 'projector', code: 'WAREHOUSE_UNAVAILABLE' });
  telemetry.count('retries', { service: 'projector', code: 'WAREHOUSE_UNAVAILABLE' }, 2);
  telemetry.gauge('consumerLag', { service: 'projector' }, 17);
  telemetry.observe('predictionSeconds', { model: 'm', version: 'v1.0.0' }, 0.0004);
  const { text, contentType } = await telemetry.scrape();
  expect(contentType).toContain('text/plain');
  expect(text).toContain('epochlog_retries_total{service="projector",code="WAREHOUSE_UNAVAILABLE"} 3');
  expect(text).toContain('epochlog_consumer_lag{service="projector"} 17');
  expect(text).toContain('epochlog_prediction_seconds_bucket{le="0.0001",model="m",version="v1.0.0"} 0');
  expect(text).toContain('epochlog_prediction_seconds_bucket{le="0.0005",model="m",version="v1.0.0"} 1');
});

test('every metric of the table is there with its help', async () => {
  const { text } = await createPrometheus().scrape();
  for (const { name, help, kind } of Object.values(METRICS)) {
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}`);
  }
});

test('two registries do not share their counts', async () => {
  const [one, other] = [createPrometheus(), createPrometheus()];
  one.count('restarts', { service: 'monitor' });
  expect((await other.scrape()).text).not.toContain('epochlog_service_restarts_total{');
});
