import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricName, type Telemetry } from '../../kernel/telemetry.ts';

/** Seconds, from a prediction's tenth of a millisecond to a training's half hour. */
const SECONDS = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800,
];
/** Records of a batch. */
const RECORDS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];

/** A value of a gauge. */
export interface Series {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Telemetry that Prometheus scrapes. */
export interface PrometheusTelemetry extends Telemetry {
  /** The series of a gauge, instead of those that it had. */
  replace(metric: MetricName, series: readonly Series[]): void;
  /** What `GET /metrics` answers: the text, and its media type. */
  scrape(): Promise<{ text: string; contentType: string }>;
}

/** A registry of its own with every metric of the table, and the metrics of Node's process. */
export function createPrometheus(): PrometheusTelemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();

  for (const metric of Object.keys(METRICS) as MetricName[]) {
    const { name, kind, help, labels } = METRICS[metric];
    const definition = { name, help, labelNames: labels, registers: [registry] };
    if (kind === 'counter') counters.set(metric, new Counter(definition));
    else if (kind === 'gauge') gauges.set(metric, new Gauge(definition));
    else {
      const buckets = name.endsWith('_seconds') ? SECONDS : RECORDS;
      histograms.set(metric, new Histogram({ ...definition, buckets }));
    }
  }

  return {
    count: (metric, labels, by = 1) => counters.get(metric)?.inc(labels, by),
    gauge: (metric, labels, value) => gauges.get(metric)?.set(labels, value),
    observe: (metric, labels, value) => histograms.get(metric)?.observe(labels, value),
    replace(metric, series) {
      gauges.get(metric)?.reset();
      for (const { labels, value } of series) gauges.get(metric)?.set(labels, value);
    },
    scrape: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
