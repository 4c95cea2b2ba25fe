import type { LogRecord } from './ports/log.ts';

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
  eventsPublished: {
    name: 'epochlog_events_published_total',
    kind: 'counter',
    help: 'Events appended from outside, and facts that answer callers',
    labels: ['source', 'type'],
  },
  publishSeconds: {
    name: 'epochlog_publish_seconds',
    kind: 'histogram',
    help: 'Time until what was published is durable',
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
    help: 'Records that this process wrote to the log',
    labels: ['topic'],
  },
  bytesAppended: {
    name: 'epochlog_appended_bytes_total',
    kind: 'counter',
    help: 'Bytes of their values',
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
    help: 'From request parsed to answer ready',
    labels: ['model', 'version'],
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
    help: 'Spans that the collector took',
    labels: [],
  },
  spansDropped: {
    name: 'epochlog_spans_dropped_total',
    kind: 'counter',
    help: 'Spans lost, because too many waited (full) or the collector did not take them (refused)',
    labels: ['reason'],
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

/** Measurements that nobody reads. */
export const NO_TELEMETRY: Telemetry = { count() {}, gauge() {}, observe() {} };

/** Counts what was appended to the log. */
export function countAppended(telemetry: Telemetry, records: readonly LogRecord[]): void {
  for (const [topic, appended] of Map.groupBy(records, (record) => record.topic)) {
    telemetry.count('recordsAppended', { topic }, appended.length);
    const bytes = appended.reduce((sum, { value }) => sum + value.byteLength, 0);
    telemetry.count('bytesAppended', { topic }, bytes);
  }
}

/** The one table of what spans tell: names of OpenTelemetry's conventions where it has one. */
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

/** What happens within a span. */
export const SPAN_EVENTS = {
  retry: 'epochlog.retry',
  deadLetter: 'epochlog.dead_letter',
} as const;
