/** The one table of what is measured: names as Prometheus shows them, their help, their labels. */
export const METRICS = {
  eventsHandled: {
    name: 'epochlog_events_handled_total',
    kind: 'counter',
    help: 'Events a service reacted to',
    labels: ['service', 'type'],
  },
  eventsEmitted: {
    name: 'epochlog_events_emitted_total',
    kind: 'counter',
    help: 'Events a service emitted',
    labels: ['service', 'type'],
  },
  reactionSeconds: {
    name: 'epochlog_reaction_seconds',
    kind: 'histogram',
    help: 'Time of one reaction',
    labels: ['service', 'type'],
  },
  retries: {
    name: 'epochlog_retries_total',
    kind: 'counter',
    help: 'Reactions tried again',
    labels: ['service', 'code'],
  },
  deadLetters: {
    name: 'epochlog_dead_letters_total',
    kind: 'counter',
    help: 'Events set aside with their error',
    labels: ['service', 'code'],
  },
  restarts: {
    name: 'epochlog_service_restarts_total',
    kind: 'counter',
    help: 'Services restarted after a crash',
    labels: ['service'],
  },
  consumerLag: {
    name: 'epochlog_consumer_lag',
    kind: 'gauge',
    help: 'Records a service has not processed yet',
    labels: ['service'],
  },
  batchRecords: {
    name: 'epochlog_batch_records',
    kind: 'histogram',
    help: 'Records in a polled batch',
    labels: ['service'],
  },
  predictions: {
    name: 'epochlog_predictions_total',
    kind: 'counter',
    help: 'Predictions answered',
    labels: ['model', 'version', 'label'],
  },
  predictionSeconds: {
    name: 'epochlog_prediction_seconds',
    kind: 'histogram',
    help: 'From request parsed to answer ready',
    labels: ['model', 'version'],
  },
  httpSeconds: {
    name: 'epochlog_http_request_seconds',
    kind: 'histogram',
    help: 'Time of an HTTP request',
    labels: ['method', 'route', 'status'],
  },
} as const;

export type MetricName = keyof typeof METRICS;
type Labels = Readonly<Record<string, string>>;

/** Where measurements go. */
export interface Telemetry {
  count(metric: MetricName, labels: Labels, by?: number): void;
  gauge(metric: MetricName, labels: Labels, value: number): void;
  observe(metric: MetricName, labels: Labels, value: number): void;
}
