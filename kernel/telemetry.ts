import type { LogRecord } from './ports/log.ts';

/** The table of metrics: Prometheus name, help, labels. */
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
  eventsPublished: {
    name: 'epochlog_events_published_total',
    kind: 'counter',
    help: 'Events published by clients, and facts published by their owner',
    labels: ['source', 'type'],
  },
  publishSeconds: {
    name: 'epochlog_publish_seconds',
    kind: 'histogram',
    help: 'Time until published events are durable',
    labels: ['source'],
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
    help: 'Retries of reactions',
    labels: ['service', 'code'],
  },
  deadLetters: {
    name: 'epochlog_dead_letters_total',
    kind: 'counter',
    help: 'Records that became dead letters',
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
    help: 'Consumer lag: records a service has not processed',
    labels: ['service'],
  },
  batchRecords: {
    name: 'epochlog_batch_records',
    kind: 'histogram',
    help: 'Records in a polled batch',
    labels: ['service'],
  },
  commitSeconds: {
    name: 'epochlog_commit_seconds',
    kind: 'histogram',
    help: 'Time of one commit of outputs and offsets',
    labels: ['service'],
  },
  projectionSeconds: {
    name: 'epochlog_projection_seconds',
    kind: 'histogram',
    help: 'Time to project one polled batch',
    labels: ['service'],
  },
  recordsAppended: {
    name: 'epochlog_appended_records_total',
    kind: 'counter',
    help: 'Records appended to the log by this process',
    labels: ['topic'],
  },
  bytesAppended: {
    name: 'epochlog_appended_bytes_total',
    kind: 'counter',
    help: 'Bytes of record values appended',
    labels: ['topic'],
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
    help: 'Time from parsed request to ready response',
    labels: ['model', 'version'],
  },
  modelInProduction: {
    name: 'epochlog_model_in_production',
    kind: 'gauge',
    help: '1 for the version of a model that is in production',
    labels: ['model', 'version'],
  },
  modelQuality: {
    name: 'epochlog_model_quality',
    kind: 'gauge',
    help: 'Primary metric of the version in production: on its test samples, and on the last window of labelled predictions',
    labels: ['model', 'version', 'metric', 'on'],
  },
  driftPsi: {
    name: 'epochlog_drift_psi',
    kind: 'gauge',
    help: 'Population stability index of a feature in the last window of predictions of the version in production',
    labels: ['model', 'version', 'feature'],
  },
  openAlerts: {
    name: 'epochlog_open_alerts',
    kind: 'gauge',
    help: 'Open alerts of a model, by what raised them',
    labels: ['model', 'cause', 'severity'],
  },
  httpSeconds: {
    name: 'epochlog_http_request_seconds',
    kind: 'histogram',
    help: 'Time of an HTTP request',
    labels: ['method', 'route', 'status'],
  },
  spansExported: {
    name: 'epochlog_spans_exported_total',
    kind: 'counter',
    help: 'Spans that the collector accepted',
    labels: [],
  },
  spansDropped: {
    name: 'epochlog_spans_dropped_total',
    kind: 'counter',
    help: 'Spans dropped: the queue was full, or the collector refused them',
    labels: ['reason'],
  },
} as const;

export type MetricName = keyof typeof METRICS;
type Labels = Readonly<Record<string, string>>;

/** Records metrics. */
export interface Telemetry {
  count(metric: MetricName, labels: Labels, by?: number): void;
  gauge(metric: MetricName, labels: Labels, value: number): void;
  observe(metric: MetricName, labels: Labels, value: number): void;
}

/** Records nothing. */
export const NO_TELEMETRY: Telemetry = { count() {}, gauge() {}, observe() {} };

/** Counts records and bytes appended to the log. */
export function countAppended(telemetry: Telemetry, records: readonly LogRecord[]): void {
  for (const [topic, appended] of Map.groupBy(records, (record) => record.topic)) {
    telemetry.count('recordsAppended', { topic }, appended.length);
    const bytes = appended.reduce((sum, { value }) => sum + value.byteLength, 0);
    telemetry.count('bytesAppended', { topic }, bytes);
  }
}

/** The table of span attributes, with OpenTelemetry's names where it has one. */
export const SPAN_ATTRIBUTES = {
  system: 'messaging.system.name',
  operationType: 'messaging.operation.type',
  operation: 'messaging.operation.name',
  topic: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  offset: 'kafka.offset',
  group: 'messaging.consumer.group.name',
  eventId: 'messaging.message.id',
  records: 'messaging.batch.message_count',
  error: 'error.type',
  message: 'exception.message',
  type: 'epochlog.event.type',
  subject: 'epochlog.event.subject',
  correlation: 'epochlog.correlation_id',
  causation: 'epochlog.causation_id',
  emitted: 'epochlog.events_emitted',
  retries: 'epochlog.retries',
  waitMs: 'epochlog.retry.wait_ms',
} as const;

/** Names of span events. */
export const SPAN_EVENTS = {
  retry: 'epochlog.retry',
  deadLetter: 'epochlog.dead_letter',
} as const;
