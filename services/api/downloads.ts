import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Bytes that are named by their digest: they never change. */
interface Download {
  bytes: Uint8Array;
  /** media type */
  type: string;
  /** of the bytes, or of what they are made of */
  digest: string;
  /** how a client may name the file; by default it is shown, not saved */
  fileName?: string;
}

/** What a route documents that answers bytes. */
const binary = z.custom<Uint8Array>().meta({ type: 'string', format: 'binary' });

export const bytesAs = (...types: readonly string[]) => ({
  200: { content: Object.fromEntries(types.map((type) => [type, { schema: binary }])) },
  304: z.null().describe('the client has it, as its If-None-Match says'),
});

/** What a route documents that answers bytes as they are read. */
export const streamed = { schema: z.custom<Readable>().meta({ type: 'string', format: 'binary' }) };

/** The headers of a request for bytes. */
export const conditional = z.object({
  'if-none-match': z
    .string()
    .max(1_000)
    .optional()
    .describe('ETags that the client has: 304 when it is one of them'),
});

/** Answers bytes with their digest as ETag, or 304. They may be cached: the same digest is the same bytes. */
export function download(
  { bytes, type, digest, fileName }: Download,
  request: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
) {
  const etag = `"${digest}"`;
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.some((tag) => tag === etag || tag === '*')) return reply.code(304).send();
  if (fileName !== undefined) reply.header('content-disposition', `attachment; filename="${fileName}"`);
  return reply.type(type).header('content-length', bytes.byteLength).send(Buffer.from(bytes));
}
