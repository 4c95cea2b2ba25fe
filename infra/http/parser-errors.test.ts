import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { greeting } from './fixtures.ts';
import { type HttpServer, openServer } from './server.ts';

const missing = () => new EpochlogError('LOG_UNAVAILABLE', 'nobody answers');
let starting: HttpServer;
let serving: HttpServer;

beforeAll(async () => {
  [starting, serving] = await Promise.all([
    openServer({ host: '127.0.0.1', port: 0 }, missing),
    openServer({ host: '127.0.0.1', port: 0 }, missing),
  ]);
  await serving.serve(greeting());
});
afterAll(() => Promise.all([starting.close(), serving.close()]));

/** What comes back on a connection when these bytes are sent, until it is closed. */
async function send(url: string, bytes: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(bytes);
  const answer = await text(socket);
  const [head = ''] = answer.split('\r\n\r\n');
  const body = answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1); // without marks of chunks
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
}

test.each([
  ['bytes that are no request', 'what is this\r\n\r\n', 400],
  ['a header that is none', 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nwrong\r\n\r\n', 400],
  [
    'headers that are too large',
    `GET / HTTP/1.1\r\nHost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
  ],
  ['a path that is too long', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  [
    'a length that is no number',
    'POST /v1/greet HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n',
    400,
  ],
  ['a request without a host', 'GET /v1/unwell HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['a host that is not allowed', 'GET /v1/unwell HTTP/1.1\r\nHost: a.com\r\nConnection: close\r\n\r\n', 421],
])('%s is answered with a problem, before there is an API and after', async (_what, bytes, status) => {
  for (const { url } of [starting, serving]) {
    const answer = await send(url, bytes);
    expect(answer.status).toBe(status);
    expect(answer.head).toContain('content-type: application/problem+json');
    expect(answer.head).toContain('x-content-type-options: nosniff');
    expect(JSON.parse(answer.body)).toMatchObject({ status, requestId: expect.any(String) });
  }
});
