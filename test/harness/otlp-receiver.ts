import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A span as it arrived. */
export interface ReceivedSpan {
  /** of the resource: service.name and what else describes the process */
  resource: Attributes;
  traceId: string;
  spanId: string;
  /** empty for a root */
  parentSpanId: string;
  name: string;
  kind: 'consumer' | 'producer' | 'other';
  /** nanoseconds since the epoch */
  start: bigint;
  end: bigint;
  attributes: Attributes;
  events: { name: string; attributes: Attributes }[];
  links: { traceId: string; spanId: string }[];
  /** why it failed; undefined when it did not */
  error: string | undefined;
}

type Attributes = Record<string, unknown>;

/** A collector of OpenTelemetry's kind, that takes spans over OTLP/HTTP in JSON and keeps them. */
export interface OtlpReceiver extends AsyncDisposable {
  /** base URL, for EPOCHLOG_OTLP */
  url: string;
  spans: readonly ReceivedSpan[];
  /** requests so far, also those that were not taken */
  readonly requests: readonly { path: string; headers: IncomingMessage['headers'] }[];
  /** What it does with the next requests; at first it takes them. */
  answer(how: Answer): void;
}

/** An HTTP status, or no answer ever. */
type Answer = number | 'silence';

// The messages of opentelemetry-proto, in their JSON form, as far as they are read here.
interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  events?: { name: string; attributes?: KeyValue[] }[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number; message?: string };
}
interface ExportRequest {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: Span[] }[] }[];
}

const KINDS: Readonly<Record<number, ReceivedSpan['kind']>> = { 4: 'producer', 5: 'consumer' };
const STATUS_ERROR = 2;

/** A value holds one property, named after its type; a whole number may stand in a string. */
function typedValue({ value }: KeyValue): unknown {
  const [type, held] = Object.entries(value)[0] ?? [];
  return type === 'intValue' ? Number(held) : held;
}

const attributesOf = (pairs: readonly KeyValue[] = []): Attributes =>
  Object.fromEntries(pairs.map((pair) => [pair.key, typedValue(pair)]));

function* spansIn({ resourceSpans }: ExportRequest): Iterable<ReceivedSpan> {
  for (const { resource, scopeSpans } of resourceSpans) {
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      yield {
        resource: attributesOf(resource.attributes),
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: KINDS[span.kind] ?? 'other',
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: attributesOf(span.attributes),
        events: (span.events ?? []).map(({ name, attributes }) => ({
          name,
          attributes: attributesOf(attributes),
        })),
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        error: span.status?.code === STATUS_ERROR ? (span.status.message ?? '') : undefined,
      };
    }
  }
}

export async function startReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; headers: IncomingMessage['headers'] }[] = [];
  let answer: Answer = 200;
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await json(request)) as ExportRequest;
    requests.push({ path: request.url ?? '', headers: request.headers });
    if (answer === 'silence') return;
    if (answer === 200) spans.push(...spansIn(body));
    response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.destroy(error as Error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    answer(how) {
      answer = how;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
