import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { readSettings } from '../../infra/config/config.ts';
import { MlflowClient } from './client.ts';
import { service } from './service.ts';

/** An HTTP server that is not MLflow, or not as it should be. `await using` closes it. */
async function answering(answer: (path: string, response: ServerResponse) => void) {
  const asked: { path: string; authorization: string | undefined }[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push({ path: url, authorization: headers.authorization });
    answer(url, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    uri: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const settingsOf = (environment: Record<string, string>) => readSettings(service, environment)!;

function clientOf(
  uri: string,
  environment: Record<string, string> = {},
  secrets: Record<string, string> = {},
) {
  const settings = settingsOf({ EPOCHLOG_MIRROR_URI: uri, ...environment });
  return new MlflowClient(uri, settings, new AbortController().signal, secrets);
}

const text = (status: number, body: string) => (_: string, response: ServerResponse) => {
  response.writeHead(status).end(body);
};

test.each([
  ['no MLflow', text(200, '<html>'), 'NOT_MLFLOW', 'must be the address of `mlflow server`'],
  ['MLflow 2', text(200, '2.22.1'), 'VERSION_UNSUPPORTED', 'the server is MLflow 2.22.1'],
  ['who may not', text(401, ''), 'UNAUTHORIZED', 'EPOCHLOG_MIRROR_TOKEN'],
  ['a redirect', text(302, ''), 'NOT_MLFLOW', 'answered 302'],
])('a start against %s says what to do', async (_, answer, code, reason) => {
  await using server = await answering(answer);
  await expect(clientOf(server.uri).check()).rejects.toMatchObject({
    ...{ code, isFinal: false, message: expect.stringContaining(reason) },
  });
});

test('what one request says wrong is final; what the server says of itself is not', async () => {
  const bodies = [
    [400, { error_code: 'INVALID_PARAMETER_VALUE', message: 'too long' }],
    [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No run' }],
    [404, { error_code: 'ENDPOINT_NOT_FOUND', message: 'no such' }],
    [500, { error_code: 'INTERNAL_ERROR', message: 'database is locked' }],
    [503, {}],
    [429, {}],
  ] as const;
  let at = 0;
  await using server = await answering((_, response) => {
    const [status, body] = bodies[at++]!;
    response.writeHead(status).end(JSON.stringify(body));
  });
  const client = clientOf(server.uri);
  const told = [];
  for (const _ of bodies)
    told.push(await client.ask('POST', 'runs/create', {}).catch(({ code, isFinal }) => [code, isFinal]));
  expect(told).toEqual([
    ['INVALID_PARAMETER_VALUE', true],
    ['RESOURCE_DOES_NOT_EXIST', true],
    ['ENDPOINT_NOT_FOUND', false],
    ['INTERNAL_ERROR', false],
    ['HTTP_503', false],
    ['HTTP_429', false],
  ]);
});

test('a server that hangs or is not there is told by its address; secrets are only in the header', async () => {
  await using hanging = await answering(() => {});
  const impatient = { EPOCHLOG_MIRROR_TIMEOUT_MS: '100' };
  await expect(clientOf(hanging.uri, impatient).check()).rejects.toMatchObject({
    ...{ code: 'TIMEOUT', message: `${hanging.uri} gave no answer in 100 ms` },
  });
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: references
  const token = { EPOCHLOG_MIRROR_TOKEN: '${env:THE_TOKEN}' };
  const password = { EPOCHLOG_MIRROR_USER: 'ada', EPOCHLOG_MIRROR_PASSWORD: '${env:THE_PASSWORD}' };
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: references
  await using server = await answering(text(200, '{}'));
  await clientOf(server.uri, token, { THE_TOKEN: 'secret' }).ask('GET', 'runs/get', { run_id: 'x' });
  await clientOf(server.uri, password, { THE_PASSWORD: 'pass' }).ask('GET', 'runs/get', { run_id: 'x' });
  expect(server.asked.map(({ authorization }) => authorization)).toEqual([
    'Bearer secret',
    `Basic ${Buffer.from('ada:pass').toString('base64')}`,
  ]);
  await expect(clientOf(server.uri, token).check()).rejects.toMatchObject({
    ...{ code: 'CONFIG_INVALID', message: 'EPOCHLOG_MIRROR_TOKEN: the variable THE_TOKEN is not set' },
  });
});

test.each([
  [{ EPOCHLOG_MIRROR_URI: 'mlflow' }, 'EPOCHLOG_MIRROR_URI must be an http or https address'],
  [{ EPOCHLOG_MIRROR_URI: 'http://ada:x@127.0.0.1' }, 'EPOCHLOG_MIRROR_USER and EPOCHLOG_MIRROR_PASSWORD'],
  [{ EPOCHLOG_MIRROR_TOKEN: 'secret' }, 'must refer to the secret, and not be it'],
  [
    { EPOCHLOG_MIRROR_RUN_NAME: '{modle}' },
    'EPOCHLOG_MIRROR_RUN_NAME has no field {modle}; did you mean model?',
  ],
  [{ EPOCHLOG_MIRROR_SINCE: 'yesterday' }, 'must be a moment such as 2026-03-01T00:00:00Z'],
])('the setting %o is refused', (environment, reason) => {
  expect(() => settingsOf(environment)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(reason) }),
  );
});
