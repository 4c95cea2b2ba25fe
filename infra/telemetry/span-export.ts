import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { messageOf, systemCodeOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';

/** a few kilobytes each */
const MAX_QUEUED_SPANS = 8_192;
const MAX_BATCH_SPANS = 512;
const BATCH_DELAY_MS = 1_000;
/** for one batch with its retries */
const EXPORT_TIMEOUT_MS = 3_000;
const CLOSE_TIMEOUT_MS = 2 * EXPORT_TIMEOUT_MS;

/**
 * Exports spans to a collector in batches, in the background. The queue is bounded: spans beyond it, and spans that the
 * collector refuses, are dropped and counted.
 */
export class SpanExport implements SpanProcessor {
  readonly #url: string;
  readonly #telemetry: Telemetry;
  readonly #logger: Logger;
  readonly #collector: SpanExporter;
  readonly #batches: BatchSpanProcessor;
  readonly #inFlight = new Set<Promise<void>>();
  #queued = 0;
  #refused = false;

  /** `url` is the collector's base URL; headers such as credentials come from OTEL_EXPORTER_OTLP_HEADERS. */
  constructor(url: string, telemetry: Telemetry, logger: Logger) {
    this.#url = `${url.replace(/\/+$/, '')}/v1/traces`;
    this.#telemetry = telemetry;
    this.#logger = logger;
    this.#collector = new OTLPTraceExporter({ url: this.#url, timeoutMillis: EXPORT_TIMEOUT_MS });
    this.#batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, onResult) => this.#export(spans, onResult),
        shutdown: () => this.#collector.shutdown(),
      },
      maxQueueSize: MAX_QUEUED_SPANS,
      maxExportBatchSize: MAX_BATCH_SPANS,
      scheduledDelayMillis: BATCH_DELAY_MS,
    });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#queued < MAX_QUEUED_SPANS) {
      this.#queued += 1;
      this.#batches.onEnd(span);
    } else {
      this.#drop('full', 1);
    }
  }

  async forceFlush(): Promise<void> {
    await this.#batches.forceFlush().catch(() => {}); // what could not be exported is counted
  }

  /** Exports queued spans, within some seconds. */
  async shutdown(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    await Promise.race([late, this.#exportQueued()]);
    clearTimeout(timer);
  }

  async #exportQueued(): Promise<void> {
    await this.#batches.shutdown().catch(() => {}); // it gives up with the first batch that fails
    await Promise.all(this.#inFlight);
  }

  #export(spans: ReadableSpan[], onResult: Parameters<SpanExporter['export']>[1]): void {
    this.#queued -= spans.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#inFlight.add(promise);
    this.#collector.export(spans, (result) => {
      if (result.error) this.#refuse(spans.length, result.error);
      else this.#accept(spans.length);
      this.#inFlight.delete(promise);
      resolve();
      onResult(result);
    });
  }

  #accept(spans: number): void {
    this.#telemetry.count('spansExported', {}, spans);
    if (!this.#refused) return;
    this.#refused = false;
    this.#logger.info({ url: this.#url }, 'the collector accepts traces again');
  }

  #refuse(spans: number, error: Error): void {
    this.#drop('refused', spans);
    if (this.#refused) return;
    this.#refused = true;
    const why = messageOf(error) || systemCodeOf(error);
    this.#logger.warn(
      { url: this.#url },
      `the collector accepts no traces (${why}); they are dropped until it does: see EPOCHLOG_OTLP`,
    );
  }

  #drop(reason: 'full' | 'refused', spans: number): void {
    this.#telemetry.count('spansDropped', { reason }, spans);
  }
}
