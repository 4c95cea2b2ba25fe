import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { type IdGenerator, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { LogRecord, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { NO_SPAN, type Span, type TracedBatch, type Tracer } from '../../kernel/ports/tracer.ts';
import { SPAN_ATTRIBUTES as ATTR, type Telemetry } from '../../kernel/telemetry.ts';
import { parseTraceparent, reactionContext, type SpanContext } from '../../kernel/trace-context.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { SpanExport } from './span-export.ts';
import { SpanRecorder } from './span-recorder.ts';

/** links of a batch span */
const MAX_LINKS = 100;
/** characters of an attribute */
const MAX_TEXT_LENGTH = 8_192;

export interface TracingOptions {
  /** base URL of a collector that takes OTLP over HTTP */
  url: string;
  /** what holds the log, as OpenTelemetry calls it */
  system: 'kafka' | 'epochlog';
  telemetry: Telemetry;
  logger: Logger;
}

/** A tracer that exports spans to a collector. */
export interface Tracing extends Tracer {
  /** Exports queued spans; gives up after some seconds when the collector does not answer. */
  close(): Promise<void>;
}

export const startTracing = (options: TracingOptions): Tracing => new OpenTelemetry(options);

/** A span before it is written; missing ids are random. */
interface Outline {
  /** service or client */
  source: string;
  name: string;
  kind: SpanKind;
  traceId?: string;
  spanId?: string;
  /** whether the step is repeated when it throws: a failed attempt then gets a random span id */
  isRepeated?: boolean;
  parent?: SpanContext | undefined;
  links?: SpanContext[];
  attributes: Attributes;
}

/** Generates the span ids that the caller sets. */
class GivenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  next: Pick<Outline, 'traceId' | 'spanId'> = {};

  generateTraceId = (): string => this.next.traceId ?? this.#random.generateTraceId();
  generateSpanId = (): string => this.next.spanId ?? this.#random.generateSpanId();
}

const asSampled = (span: SpanContext) => ({ ...span, traceFlags: TraceFlags.SAMPLED, isRemote: true });

/** Writes spans when they end: only then is it known whether the attempt failed. */
class OpenTelemetry implements Tracing {
  readonly #system: string;
  readonly #spans: SpanExport;
  readonly #ids = new GivenIds();
  readonly #resource: Resource;
  readonly #tracers = new Map<string, ReturnType<TracerProvider['getTracer']>>();

  constructor({ url, system, telemetry, logger }: TracingOptions) {
    this.#system = system;
    this.#spans = new SpanExport(url, telemetry, logger);
    this.#resource = defaultResource()
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
      .merge(
        resourceFromAttributes({
          [ATTR_SERVICE_NAMESPACE]: 'epochlog',
          [ATTR_SERVICE_VERSION]: packageJson.version,
          [ATTR_SERVICE_INSTANCE_ID]: randomUUID(),
          'host.name': hostname(), // without it a tool takes every two spans for those of machines with clocks apart
        }),
      );
  }

  reaction<T>(service: string, record: StoredRecord, step: (span: Span) => Promise<T>): Promise<T> {
    const context = reactionContext(service, record.headers);
    if (!context) return step(NO_SPAN);
    return this.#during(
      {
        source: service,
        name: `${service} ${record.headers.ce_type}`,
        kind: SpanKind.CONSUMER,
        ...context.span,
        parent: context.parent,
        links: context.foreign ? [context.foreign] : [],
        isRepeated: true,
        attributes: {
          ...this.#processing(service),
          [ATTR.topic]: record.topic,
          [ATTR.partition]: String(record.partition),
          [ATTR.offset]: record.offset,
          ...attributesOf(record),
        },
      },
      step,
    );
  }

  batch<T>(service: string, { records, count }: TracedBatch, step: (span: Span) => Promise<T>): Promise<T> {
    return this.#during(
      {
        source: service,
        name: `${service} batch`,
        kind: SpanKind.CONSUMER,
        links: linksTo(records),
        attributes: {
          ...this.#processing(service),
          [ATTR.records]: count,
          ...(count === records.length && topicOf(records)),
        },
      },
      step,
    );
  }

  publication(
    source: string,
    records: readonly LogRecord[],
    append: () => Promise<Position[]>,
  ): Promise<Position[]> {
    const [first] = records;
    const span = parseTraceparent(first?.headers.traceparent);
    if (!first || !span) return append();
    return this.#during(
      {
        source,
        name: `${source} ${first.headers.ce_type}`,
        kind: SpanKind.PRODUCER,
        ...span,
        attributes: {
          [ATTR.system]: this.#system,
          [ATTR.operationType]: 'send',
          [ATTR.operation]: 'publish',
          ...topicOf(records),
          ...(records.length === 1
            ? attributesOf(first)
            : { [ATTR.records]: records.length, [ATTR.correlation]: first.headers.ce_correlationid }),
        },
      },
      append,
    );
  }

  close(): Promise<void> {
    return this.#spans.shutdown();
  }

  #processing(service: string): Attributes {
    return {
      [ATTR.system]: this.#system,
      [ATTR.operationType]: 'process',
      [ATTR.operation]: 'react',
      [ATTR.group]: service,
    };
  }

  async #during<T>(outline: Outline, step: (span: Span) => Promise<T>): Promise<T> {
    const recorder = new SpanRecorder();
    try {
      const result = await step(recorder);
      this.#write(outline, recorder);
      return result;
    } catch (error) {
      const { spanId: _, ...attempt } = outline;
      this.#write(outline.isRepeated ? attempt : outline, recorder, error);
      throw error;
    }
  }

  #write(
    { source, name, parent, links = [], ...outline }: Outline,
    recorder: SpanRecorder,
    thrown?: unknown,
  ): void {
    const { kind, attributes, traceId, spanId } = outline;
    this.#ids.next = { ...(traceId && { traceId }), ...(spanId && { spanId }) };
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, asSampled(parent)) : ROOT_CONTEXT;
    const span = this.#tracerOf(source).startSpan(
      name,
      {
        kind,
        startTime: recorder.started,
        links: links.map((link) => ({ context: asSampled(link) })),
        attributes: { ...attributes, ...recorder.attributes },
      },
      context,
    );
    for (const { name: event, attributes: details, time } of recorder.events)
      span.addEvent(event, details, time);
    const failure = thrown ?? recorder.failure;
    if (failure !== undefined) {
      const message = messageOf(failure);
      span.setAttribute(ATTR.error, codeOf(failure));
      span.recordException(failure instanceof Error ? failure : message, recorder.now);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
    }
    span.end(recorder.now);
  }

  /** A tracer per service, so that tools show services apart although one process runs them all. */
  #tracerOf(source: string) {
    const known = this.#tracers.get(source);
    if (known) return known;
    const name = resourceFromAttributes({ [ATTR_SERVICE_NAME]: `epochlog-${source}` });
    const provider = new TracerProvider({
      resource: this.#resource.merge(name),
      idGenerator: this.#ids,
      spanProcessors: [this.#spans],
      spanLimits: { attributeValueLengthLimit: MAX_TEXT_LENGTH },
    });
    const tracer = provider.getTracer('epochlog', packageJson.version);
    this.#tracers.set(source, tracer);
    return tracer;
  }
}

function attributesOf({ headers }: LogRecord): Attributes {
  const { ce_id, ce_type, ce_subject, ce_correlationid, ce_causationid } = headers;
  return {
    [ATTR.eventId]: ce_id,
    [ATTR.type]: ce_type,
    [ATTR.subject]: ce_subject,
    [ATTR.correlation]: ce_correlationid,
    ...(ce_causationid !== undefined && { [ATTR.causation]: ce_causationid }),
  };
}

/** The topic of the records, if it is the same for all. */
function topicOf(records: readonly LogRecord[]): Attributes {
  const [topic, ...others] = new Set(records.map((record) => record.topic));
  return topic !== undefined && others.length === 0 ? { [ATTR.topic]: topic } : {};
}

function linksTo(records: readonly StoredRecord[]): SpanContext[] {
  const headers = new Set(records.map((record) => record.headers.traceparent));
  return [...headers].slice(0, MAX_LINKS).flatMap((header) => parseTraceparent(header) ?? []);
}

const codeOf = (error: unknown): string => {
  if (error instanceof EpochlogError) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
};
