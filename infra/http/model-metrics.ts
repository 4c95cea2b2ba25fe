import type { FastifyInstance } from 'fastify';
import type { MetricName } from '../../kernel/telemetry.ts';
import type { PrometheusTelemetry, Series } from '../telemetry/prometheus.ts';

/** Metrics of models, which are read from the projections when Prometheus asks. */
const METRICS_OF_MODELS = [
  'modelInProduction',
  'modelQuality',
  'driftPsi',
  'openAlerts',
] as const satisfies readonly MetricName[];

export interface ModelSeries extends Series {
  metric: (typeof METRICS_OF_MODELS)[number];
}

/** The series of all metrics of models as they are now. */
export type ModelSeriesSource = () => Promise<readonly ModelSeries[]>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Tells who knows how models do. */
    measureModels(source: ModelSeriesSource): void;
  }
}

/** Lets a service tell how models do. Returns what asks it: no series while there is none, or it fails. */
export function addModelMetrics(app: FastifyInstance): ModelSeriesSource {
  let source: ModelSeriesSource = async () => [];
  app.decorate('measureModels', (given: ModelSeriesSource) => {
    source = given;
  });
  return () => source();
}

/** Sets the metrics of models to these series; a version that is no longer in production has none. */
export function tellModels(telemetry: PrometheusTelemetry, series: readonly ModelSeries[]): void {
  const byMetric = Map.groupBy(series, ({ metric }) => metric);
  for (const metric of METRICS_OF_MODELS) telemetry.replace(metric, byMetric.get(metric) ?? []);
}
