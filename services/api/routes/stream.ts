import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import { cursor } from '../../../kernel/texts.ts';
import { ALL_STREAMS, type StreamName, streamOf } from '../../../schemas/catalogue.ts';
import { noneIfUndecodable } from '../decoding.ts';
import { createTurns } from '../event-loop-turns.ts';
import type { ApiContext } from '../settings.ts';
import { formatCursor, parseCursor } from '../stream-cursor.ts';
import { createStreamLimits } from '../stream-limits.ts';

import { eventType, fromLog } from './events.ts';

/** Records that are read and encoded for one client at a time: about a millisecond of work. */
const PAGE = 32;
/** Bytes buffered for one client in this process, before the socket. */
const BUFFER_BYTES = 64 * 1_024;

const querystring = z.object({
  stream: z.enum(ALL_STREAMS).optional(),
  type: eventType.optional(),
  from: z.enum(['now', 'beginning']).default('now').describe('where to begin without Last-Event-ID'),
});

/** a response without an end */
const eventStream = z.custom<PassThrough | undefined>().meta({ type: 'string' });

interface Wanted {
  from: readonly Position[];
  type: string | undefined;
  /** address of the client */
  client: string;
}

/**
 * Live events as server-sent events. The id of each is the cursor behind it, so that a browser that reconnects with
 * Last-Event-ID misses nothing and sees nothing twice. Backpressure of a slow client reaches the log; a client that does
 * not read a page in time is disconnected. Streams are limited by client and in total, and share the event loop.
 */
export function addRoutes(app: FastifyInstance, { events, logger, settings }: ApiContext): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const limits = createStreamLimits(settings);
  const turn = createTurns();

  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/v1/events/stream',
    config: { errors: ['TOO_MANY_REQUESTS', 'OVERLOADED'] },
    schema: {
      operationId: 'streamEvents',
      summary: 'Live events (server-sent); Last-Event-ID resumes',
      tags: ['events'],
      headers: z.object({ 'last-event-id': cursor.optional() }),
      querystring,
      response: { 200: { content: { 'text/event-stream': { schema: eventStream } } } },
    },
    async handler({ method, query: { stream, type, from }, headers, ip }, reply) {
      reply.header('content-type', 'text/event-stream').header('x-accel-buffering', 'no');
      if (method === 'HEAD') return reply.send(undefined); // else the log would be read for nothing, without an end
      const leave = limits.enter(ip);
      const gone = new AbortController();
      reply.raw.once('close', () => {
        leave();
        gone.abort();
      });
      const streams: readonly StreamName[] = stream ? [stream] : type ? [streamOf(type)] : ALL_STREAMS;
      const ends = await events.endOffsets(streams);
      const begin = from === 'now' ? ends : ends.map((end) => ({ ...end, offset: 0 }));
      const last = headers['last-event-id'];
      const start = last === undefined ? begin : parseCursor(last, ends);

      const signal = AbortSignal.any([gone.signal, closing.signal]);
      const body = new PassThrough({ highWaterMark: BUFFER_BYTES });
      send({ from: start, type, client: ip }, signal, body).catch((error: unknown) => {
        if (signal.aborted) return;
        logger.error({ err: error }, 'an event stream failed');
        body.destroy();
      });
      return reply.send(body);
    },
  });

  async function send({ from, type, client }: Wanted, signal: AbortSignal, body: PassThrough): Promise<void> {
    const positions = from.map((position) => ({ ...position }));
    let idle = true;
    const heartbeat = setInterval(() => {
      if (idle && !body.writableNeedDrain) body.write(': still here\n\n');
      idle = true;
    }, settings.heartbeatMs);
    try {
      body.write(`retry: 1000\nid: ${formatCursor(positions)}\n\n`);
      await turn(); // the first page is read in a turn too
      for await (const page of events.followPages(from, signal, PAGE)) {
        await turn();
        const frames = await framesOf(page, positions, type);
        if (frames === '') continue;
        idle = false;
        if (!body.write(frames)) await drained(body, signal, client);
      }
    } finally {
      clearInterval(heartbeat);
      body.end();
    }
  }

  /** A page as server-sent events; advances `positions`. */
  async function framesOf(
    page: readonly StoredRecord[],
    positions: readonly Position[],
    type: string | undefined,
  ): Promise<string> {
    let frames = '';
    for (const record of page) {
      const position = positions.find(
        ({ topic, partition }) => topic === record.topic && partition === record.partition,
      );
      if (position) position.offset = record.offset + 1;
      for (const event of await events.decode(record).catch(noneIfUndecodable)) {
        if (type !== undefined && event.type !== type) continue;
        const data = JSON.stringify(fromLog(event));
        frames += `id: ${formatCursor(positions)}\nevent: ${event.type}\ndata: ${data}\n\n`;
      }
    }
    return frames;
  }

  /** Resolves when the client has read what was written; disconnects it after a timeout. */
  async function drained(body: PassThrough, signal: AbortSignal, client: string): Promise<void> {
    const { slowReaderMs } = settings;
    const disconnect = () => {
      logger.warn(
        { client, slowReaderMs },
        'a client of the event stream does not read, and is disconnected',
      );
      body.destroy();
    };
    const timer = setTimeout(disconnect, slowReaderMs);
    try {
      await once(body, 'drain', { signal });
    } finally {
      clearTimeout(timer);
    }
  }
}
