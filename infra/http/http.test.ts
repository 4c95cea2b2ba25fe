import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import { expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { atWork, greeting, open, quiet } from './fixtures.ts';
import { openServer } from './server.ts';

const missing = () => new EpochlogError('LOG_UNAVAILABLE', 'nobody answers');

test('a wrong field is named in a problem', async () => {
  const app = await open();
  const answer = await app.inject({ method: 'POST', url: '/v1/greet', payload: { name: '', times: 9 } });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json()).toMatchObject({ title: 'Bad Request', code: 'INPUT_INVALID', instance: '/v1/greet' });
  expect(answer.json().errors.map(({ field }: { field: string }) => field)).toEqual([
    'body.name',
    'body.times',
  ]);
  expect(answer.json().requestId).toBe(answer.headers['x-request-id']);
});

test('what is not JSON, too large or of another type is refused', async () => {
  const app = await open();
  const post = (payload: string, type: string) =>
    app.inject({ method: 'POST', url: '/v1/greet', payload, headers: { 'content-type': type } });
  expect((await post('{"name":', 'application/json')).statusCode).toBe(400);
  expect((await post('name=x', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
  const large = await post(JSON.stringify({ name: 'x'.repeat(2 << 20), times: 1 }), 'application/json');
  expect(large.statusCode).toBe(413);
  expect(large.json().code).toBe('INPUT_INVALID');
});

test('a known error keeps its code, an unknown one its secret', async () => {
  const told: object[] = [];
  const app = await open({ logger: { ...quiet, error: (fields) => told.push(fields) } });
  const busy = await app.inject('/v1/fail/busy');
  expect(busy.statusCode).toBe(503);
  expect(busy.headers['retry-after']).toBe('1');
  expect(busy.json()).toMatchObject({ code: 'OVERLOADED', detail: 'too much at once' });
  const defect = await app.inject('/v1/fail/badly');
  expect(defect.statusCode).toBe(500);
  expect(defect.body).not.toContain('secret');
  expect(told).toEqual([expect.objectContaining({ err: expect.any(TypeError) })]);
});

test('a problem passes also where the route documents another answer of that status', async () => {
  const answer = await (await open()).inject('/v1/unwell');
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ code: 'MODEL_NOT_READY', detail: 'no model' });
});

test('of many wrong fields the first twenty are told', async () => {
  const payload = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field-${i}`, i]));
  const answer = await (await open()).inject({ method: 'POST', url: '/v1/greet', payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors).toHaveLength(20);
  expect(answer.body.length).toBeLessThan(5_000);
});

test.each([
  ['a field of a body', '/v1/greet', { name: 'x', times: 1, nmae: 'y' }, 'body.nmae', 'did you mean name?'],
  [
    'a field of an item',
    '/v1/greet',
    { name: 'x', times: 1, to: [{ name: 'y', nam: 'z' }] },
    'body.to.0.nam',
    'name',
  ],
  ['one that is like none', '/v1/greet', { name: 'x', times: 1, q: 1 }, 'body.q', 'there is name, times, to'],
  ['a parameter', '/v1/greet?louder=1', { name: 'x', times: 1 }, 'querystring.louder', 'did you mean loud?'],
])('%s that nobody knows is refused by its name', async (_what, url, payload, field, hint) => {
  const answer = await (await open()).inject({ method: 'POST', url, payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors).toEqual([{ field, message: expect.stringContaining(hint) }]);
});

test('a method that a path does not take is refused with those that it takes', async () => {
  const app = await open();
  const wrong = async (method: 'GET' | 'PUT' | 'DELETE' | 'PATCH', url: string) => {
    const headers = { 'content-type': 'text/weird' };
    const answer = await app.inject({ method, url, headers, payload: 'x' });
    return [answer.statusCode, answer.headers.allow, answer.json().code];
  };
  expect(await wrong('PUT', '/v1/greet?x=1')).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
  expect(await wrong('DELETE', '/v1/fail/busy')).toEqual([405, 'GET, HEAD', 'METHOD_NOT_ALLOWED']);
  expect(await wrong('PATCH', '/v1/fail/busy/more')).toEqual([404, undefined, 'NOT_FOUND']);
});

test.each([
  ['a path that cannot be decoded', '/%', 400],
  ['a name in it that cannot be decoded', '/v1/fail/%zz', 400],
  ['a name that is too long', `/v1/fail/${'x'.repeat(501)}`, 414],
])('%s is a problem', async (_what, url, status) => {
  const answer = await (await open()).inject(url);
  expect(answer.statusCode).toBe(status);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-request-id': answer.json().requestId,
  });
  expect(answer.json()).toMatchObject({ status, code: 'INPUT_INVALID' });
});

test('an unknown path is a problem too', async () => {
  const answer = await (await open()).inject('/v1/nothing?x=1');
  expect(answer.json()).toMatchObject({ status: 404, code: 'NOT_FOUND', instance: '/v1/nothing' });
});

test('answers carry the headers that keep browsers from mischief, and no CORS', async () => {
  const { headers } = await (await open()).inject({
    url: '/health/live',
    headers: { origin: 'http://elsewhere' },
  });
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['access-control-allow-origin']).toBeUndefined();
});

test('ready tells what is not', async () => {
  expect((await (await open()).inject('/health/ready')).json()).toMatchObject({
    status: 'ok',
    services: [{ name: 'greeter', state: 'running', lag: 3 }],
  });
  const down = await open({
    ready: () => Promise.reject(new Error('nobody answers')),
    host: atWork('restarting'),
  });
  const answer = await down.inject('/health/ready');
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({
    log: 'ok',
    warehouse: 'nobody answers',
    services: [{ state: 'restarting' }],
  });
});

test('ready and metrics do not wait for a log that says nothing, and ask it once', async () => {
  let asked = 0;
  const lag = () => {
    asked += 1;
    return new Promise<never>(() => {});
  };
  const app = await open({ host: { ...atWork(), lag } });
  const ask = (path: string) => app.inject(path);
  const [first, second, { body }] = await Promise.all([
    ask('/health/ready'),
    ask('/health/ready'),
    ask('/metrics'),
  ]);
  for (const answer of [first, second]) {
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ status: 'unavailable', log: 'the log does not answer' });
  }
  expect(body).toContain('epochlog_consumer_lag{service="greeter"} Nan\n');
  expect(asked).toBe(1);
});

test('requests and lag are measured', async () => {
  const app = await open();
  await app.inject('/v1/fail/busy');
  const { body, headers } = await app.inject('/metrics');
  expect(headers['content-type']).toContain('text/plain');
  expect(body).toContain(
    'epochlog_http_request_seconds_count{method="GET",route="/v1/fail/:how",status="503"} 1',
  );
  expect(body).toContain('epochlog_consumer_lag{service="greeter"} 3');
});

test('metrics are there also while the log cannot be read; only the lag is not known', async () => {
  let readable = true;
  const lag = async () => {
    if (readable) return new Map([['greeter', 3]]);
    throw new EpochlogError('LOG_UNAVAILABLE', 'no log for now');
  };
  const app = await open({ host: { ...atWork(), lag } });
  await app.inject('/metrics');
  readable = false;
  const { statusCode, body } = await app.inject('/metrics');
  expect(statusCode).toBe(200);
  expect(body).toContain('epochlog_consumer_lag{service="greeter"} Nan\n');
});

test('the routes of services are documented', async () => {
  const app = await open();
  const { paths } = (await app.inject('/docs/json')).json();
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/greet', '/health/ready', '/metrics']));
  expect(paths['/v1/greet'].post.requestBody.content['application/json'].schema.required).toEqual([
    'name',
    'times',
  ]);
  const page = await app.inject('/docs/');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
});

test('a port in use is told as such, with what to do', async () => {
  const taken = createTcpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(openServer({ host: '127.0.0.1', port }, missing)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining('EPOCHLOG_PORT'),
  });
  await expect(openServer({ host: '203.0.113.1', port: 0 }, missing)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
  taken.close();
});

test('before there is an API, the process is alive, and all else says what is missing', async () => {
  const server = await openServer({ host: '127.0.0.1', port: 0 }, missing);
  const ask = async (path: string) => {
    const answer = await fetch(`${server.url}${path}`);
    return { status: answer.status, body: await answer.json() };
  };
  const alive = { status: 200, body: { status: 'ok' } };
  const problem = { status: 503, code: 'LOG_UNAVAILABLE', detail: 'nobody answers' };
  expect(await ask('/health/live')).toEqual(alive);
  for (const path of ['/health/ready', '/v1/greet?name=you']) {
    expect(await ask(path)).toMatchObject({
      status: 503,
      body: { ...problem, instance: path.split('?')[0] },
    });
  }
  await server.serve(greeting());
  expect(await ask('/health/live')).toEqual(alive);
  expect(await ask('/health/ready')).toMatchObject({ status: 200 });
  expect(await ask('/v1/unwell')).toMatchObject({ status: 503, body: { code: 'MODEL_NOT_READY' } });
  await Promise.all([server.close(), server.close()]);
  await expect(ask('/health/live')).rejects.toThrow();
});

test('a request that arrives too slowly is answered with 408, and its connection is closed', async () => {
  const arrival = { headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 20 };
  const server = await openServer({ host: '127.0.0.1', port: 0 }, missing, arrival);
  await server.serve(greeting());
  const { port } = new URL(server.url);
  const answerTo = async (start: string) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(start);
    return (await socket.setEncoding('utf8').toArray()).join('');
  };
  const headers = 'POST /v1/greet HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
  for (const start of [headers, `${headers}Content-Length: 20\r\n\r\n{"name":`]) {
    expect(await answerTo(start)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"INPUT_INVALID"/);
  }
  await server.close();
});
