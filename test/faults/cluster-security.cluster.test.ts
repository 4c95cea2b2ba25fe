import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKafka } from '../../cli/adapters/log.ts';
import { readConfig } from '../../infra/config/config.ts';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import { codeOf, readAll, record } from '../contract/event-log-kit.ts';
import { type AuthProxy, openAuthProxy } from '../harness/auth-proxy.ts';
import { type Certificate, createAuthority } from '../harness/certificates.ts';
import { type ClickHouseServer, startClickHouseServer } from '../harness/clickhouse-server.ts';
import { answer, epochlog, finished, text } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { REAUTHENTICATION_MS, type SecuredCluster, securedCluster, USERS } from '../harness/secured.ts';
import { startService } from '../harness/service-process.ts';
import { Trial } from './trial.ts';

/** Servers with TLS and authentication. */

type Environment = Record<string, string>;

let secured: SecuredCluster;
let home: TemporaryFolder;
/** another CA, and files with certificates that it has issued */
const foreign = createAuthority('another authority');
const files: Record<string, string> = {};

beforeAll(async () => {
  home = await temporaryFolder('security');
  secured = await securedCluster();
  await text(home.path, ['topics', 'apply'], secured.bySasl);
  const { key, cert } = foreign.issue('worker');
  for (const [name, content] of Object.entries({ authority: foreign.cert, key, cert, garbage: 'garbage' })) {
    files[name] = await secured.file(name, content);
  }
});
afterAll(async () => {
  await secured?.[Symbol.asyncDispose]();
  await home?.remove();
});

/** Runs a command that must fail, with the log level trace; no password may be in its output. */
async function refusal(args: readonly string[], environment: Environment) {
  const { code, stdout, stderr } = await finished(
    epochlog(home.path, args, { ...environment, EPOCHLOG_LOG_LEVEL: 'trace', EPOCHLOG_PORT: '0' }),
  );
  const passwords = Object.entries(environment).filter(
    ([name, value]) => name.endsWith('_PASSWORD') && value !== '',
  );
  for (const [, password] of passwords) expect(stdout + stderr).not.toContain(password);
  return { code, said: stderr };
}

const refused = (message: RegExp) => ({
  code: 2,
  said: expect.stringMatching(new RegExp(`^epochlog: ${message.source}.* \\[CONFIG_INVALID\\]\n$`)),
});

describe('Kafka with TLS', () => {
  // most of a refusal is the start of its command, or waiting: they are concurrent
  test('processes with each mechanism, or with a client certificate, run together; nothing is lost or doubled', async () => {
    await using trial = await Trial.open(secured.bySasl);
    await trial.start();
    for (const mechanism of ['plain', 'scram-sha-512']) {
      await trial.start(undefined, { EPOCHLOG_KAFKA_SASL: mechanism });
    }
    await trial.start(undefined, { ...secured.byCertificate, ...ANONYMOUS });
    for (const end = Date.now() + 1.5 * REAUTHENTICATION_MS; Date.now() < end; ) await trial.requests(10);
    expect(await trial.verdict()).toEqual([]);
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'commands and services authenticate with %s',
    async (mechanism) => {
      const environment = { ...secured.bySasl, EPOCHLOG_KAFKA_SASL: mechanism };
      expect(await answer(home.path, ['topics', 'apply'], environment)).toMatchObject({ created: [] });
      await using service = await startService('registrar', home.path, environment);
      expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
      expect(await service.stop()).toBe(0);
    },
  );

  test.concurrent.each([
    ['a wrong password', { EPOCHLOG_KAFKA_PASSWORD: 'wrong-horse' }],
    ['an unknown user', { EPOCHLOG_KAFKA_USER: 'nobody' }],
  ])('%s is reported at once, and shown nowhere', async (_what, credentials) => {
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
      const environment = { ...secured.bySasl, EPOCHLOG_KAFKA_SASL: mechanism, ...credentials };
      const message = /Kafka at \S+: SASL .*; check EPOCHLOG_KAFKA_SASL, .*USER and .*PASSWORD/;
      for (const args of [
        ['topics', 'apply'],
        ['service', 'registrar'],
      ]) {
        expect(await refusal(args, environment)).toEqual(refused(message));
      }
    }
  });

  test.concurrent('a mechanism that the brokers do not offer is reported', async () => {
    const environment = { ...secured.bySasl, EPOCHLOG_LOG: secured.onlyPlain };
    expect(await refusal(['topics', 'apply'], environment)).toEqual(
      refused(/.*does not support the requested SASL mechanism; check EPOCHLOG_KAFKA_SASL/),
    );
  });

  test.concurrent.each<[string, (secured: SecuredCluster) => Environment, RegExp]>([
    ['an unknown CA', () => ({ EPOCHLOG_KAFKA_CA: '' }), /check EPOCHLOG_KAFKA_TLS, _CA/],
    ['another CA', () => ({ EPOCHLOG_KAFKA_CA: files.authority! }), /check EPOCHLOG_KAFKA_TLS, _CA/],
    [
      'a host that the certificate does not name',
      ({ bySasl }) => ({ EPOCHLOG_LOG: bySasl.EPOCHLOG_LOG!.replace('127.0.0.1', 'localhost') }),
      /does not match .*localhost.* names this address/,
    ],
    [
      'no TLS to a TLS listener',
      () => ({ EPOCHLOG_KAFKA_TLS: '', EPOCHLOG_KAFKA_CA: '' }),
      /the broker speaks TLS; check EPOCHLOG_KAFKA_TLS/,
    ],
    [
      'SASL to a listener without SASL',
      ({ cluster }) => ({
        EPOCHLOG_LOG: `kafka://${cluster.brokers[0]}`,
        EPOCHLOG_KAFKA_TLS: '',
        EPOCHLOG_KAFKA_CA: '',
      }),
      /SASL state; check EPOCHLOG_KAFKA_SASL/,
    ],
    [
      'a missing CA file',
      () => ({ EPOCHLOG_KAFKA_CA: '/nowhere.pem' }),
      /EPOCHLOG_KAFKA_CA must name a file in PEM, .*nowhere/,
    ],
    [
      'an invalid CA file',
      () => ({ EPOCHLOG_KAFKA_CA: files.garbage! }),
      /EPOCHLOG_KAFKA_CA must name a file in PEM/,
    ],
  ])('%s is reported at once', async (_what, environmentOf, message) => {
    const environment = { ...secured.bySasl, ...environmentOf(secured) };
    expect(await refusal(['topics', 'apply'], environment)).toEqual(
      refused(new RegExp(`.*${message.source}`)),
    );
  });

  test.concurrent.each<[string, () => Environment, RegExp]>([
    ['no certificate', () => ({ EPOCHLOG_KAFKA_CERT: '', EPOCHLOG_KAFKA_KEY: '' }), /alert .*certificate/],
    [
      'a certificate of another CA',
      () => ({ EPOCHLOG_KAFKA_CERT: files.cert!, EPOCHLOG_KAFKA_KEY: files.key! }),
      /alert .*certificate.*; check EPOCHLOG_KAFKA_TLS, _CA, _CERT and _KEY/,
    ],
    [
      'the key of another certificate',
      () => ({ EPOCHLOG_KAFKA_KEY: files.key! }),
      /EPOCHLOG_KAFKA_KEY is not the key of EPOCHLOG_KAFKA_CERT/,
    ],
    [
      'an invalid key file',
      () => ({ EPOCHLOG_KAFKA_KEY: files.garbage! }),
      /EPOCHLOG_KAFKA_KEY must name a file/,
    ],
  ])(
    '%s is reported at once by a listener that requires a client certificate',
    async (_what, environmentOf, message) => {
      const environment = { ...secured.byCertificate, ...environmentOf() };
      expect(await refusal(['topics', 'apply'], environment)).toEqual(
        refused(new RegExp(`.*${message.source}`)),
      );
    },
  );

  test.concurrent.each<[string, (secured: SecuredCluster) => Environment]>([
    ['TLS to a plaintext listener', ({ cluster }) => ({ EPOCHLOG_LOG: `kafka://${cluster.brokers[0]}` })],
    ['no user to a SASL listener', () => ANONYMOUS],
  ])('%s is reported after the time that a broker takes to start', async (_what, environmentOf) => {
    const environment = { ...secured.bySasl, ...environmentOf(secured) };
    expect(await refusal(['topics', 'apply'], environment)).toEqual({
      code: 6,
      said: expect.stringMatching(
        /EPOCHLOG_KAFKA_TLS and EPOCHLOG_KAFKA_SASL are what it expects .*UNAVAILABLE/,
      ),
    });
  });

  test.concurrent('a missing right is reported with what to grant', async () => {
    const as = (user: keyof typeof USERS) => ({
      ...secured.bySasl,
      EPOCHLOG_KAFKA_USER: user,
      EPOCHLOG_KAFKA_PASSWORD: USERS[user],
    });
    expect(await refusal(['topics', 'apply'], as('stranger'))).toEqual(
      refused(/.*Not authorized .*; grant this user .* begin with `epochlog\.`/),
    );
    expect(await refusal(['events'], as('stranger'))).toMatchObject({
      code: 2,
      said: expect.stringMatching(/topics apply`, or let this user see them \[LOG_TOPIC_UNKNOWN\]/),
    });
    const log = await openKafka(readConfig({}, as('reader')));
    await readAll(log, 'epochlog.runs');
    expect(await codeOf(log.append([record('epochlog.runs', 'run')]))).toBe('CONFIG_INVALID');
    await expect(log.committed('trainer', ['epochlog.runs'])).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringContaining('may use groups that begin with `epochlog.`'),
    });
    await log.close();
  });
});

const ANONYMOUS = { EPOCHLOG_KAFKA_SASL: '', EPOCHLOG_KAFKA_USER: '', EPOCHLOG_KAFKA_PASSWORD: '' };

const [username, password] = ['ada', 'staple-battery'];

/** A server certificate of the CA that the commands trust. */
const certificate = (): Certificate => secured.authority.issue('server', ['127.0.0.1']);
const trusting = (): Environment => ({ NODE_EXTRA_CA_CERTS: secured.bySasl.EPOCHLOG_KAFKA_CA! });

/** An auth proxy before the registry, which answers other users as Confluent's does. */
const registryProxy = (tls?: Certificate): Promise<AuthProxy> => {
  const { hostname: host, port } = new URL(secured.cluster.registryUrl);
  const refuse = (response: ServerResponse) =>
    response.writeHead(401).end(JSON.stringify({ error_code: 401, message: 'Unauthorized' }));
  return openAuthProxy(() => ({ host, port }), { username, password, tls, refuse });
};

const environmentVia = (proxy: AuthProxy): Environment => ({
  ...secured.bySasl,
  EPOCHLOG_REGISTRY: `${proxy.url}${new URL(secured.cluster.registryUrl).pathname}`,
  EPOCHLOG_REGISTRY_USER: username,
  EPOCHLOG_REGISTRY_PASSWORD: password,
});

describe('a registry with TLS and a password', () => {
  test('is used by commands and services', async () => {
    await using proxy = await registryProxy(certificate());
    const environment = { ...environmentVia(proxy), ...trusting() };
    expect(await text(home.path, ['schemas', 'push'], environment)).toMatch(/^0 schemas registered/);
    await using service = await startService('registrar', home.path, environment);
    expect(await service.stop()).toBe(0);
    await text(home.path, ['events'], environment);
  });

  test.concurrent.each<[string, Environment, RegExp]>([
    ['a wrong password', { EPOCHLOG_REGISTRY_PASSWORD: 'staple-horse' }, /check EPOCHLOG_REGISTRY_USER/],
    [
      'no user',
      { EPOCHLOG_REGISTRY_USER: '', EPOCHLOG_REGISTRY_PASSWORD: '' },
      /check EPOCHLOG_REGISTRY_USER/,
    ],
    ['an unknown CA', { NODE_EXTRA_CA_CERTS: '' }, /certificate.* NODE_EXTRA_CA_CERTS/],
  ])('%s is reported at once', async (_what, changed, message) => {
    await using proxy = await registryProxy(certificate());
    const environment = { ...environmentVia(proxy), ...trusting(), ...changed };
    for (const args of [
      ['schemas', 'push'],
      ['service', 'registrar'],
    ]) {
      expect(await refusal(args, environment)).toEqual(refused(new RegExp(`.*${message.source}`)));
    }
  });

  test.concurrent('TLS to a server without TLS is reported at once', async () => {
    const environment = {
      ...secured.bySasl,
      EPOCHLOG_REGISTRY: secured.cluster.registryUrl.replace('http', 'https'),
    };
    expect(await refusal(['schemas', 'push'], environment)).toEqual(refused(/.*it does not speak TLS/));
  });

  test('an unknown schema is fetched with the same credentials', async () => {
    await using proxy = await registryProxy();
    const { EPOCHLOG_REGISTRY: url = '' } = environmentVia(proxy);
    const open = (password: string) =>
      new ConfluentRegistry({ url, register: false, auth: { username, password } });
    expect(JSON.parse(await open(password).schemaOf(1))).toHaveProperty('name');
    expect(await codeOf(open('staple-horse').schemaOf(1))).toBe('CONFIG_INVALID');
  });
});

describe('a ClickHouse with TLS and a password', () => {
  const environmentOf = (server: ClickHouseServer): Environment => ({
    ...secured.bySasl,
    ...trusting(),
    ...server.environment,
  });

  let server: ClickHouseServer;
  beforeAll(async () => {
    server = await startClickHouseServer({ tls: certificate() });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('is used by commands', async () => {
    await text(home.path, ['projections', 'apply'], environmentOf(server));
    const count = 'SELECT count() AS events FROM events';
    expect(await answer(home.path, ['sql', count], environmentOf(server))).toEqual({
      events: expect.any(Number),
    });
  });

  test.each<[string, Environment, RegExp]>([
    [
      'a wrong password',
      { EPOCHLOG_CLICKHOUSE_PASSWORD: 'wrong horse' },
      /.*correct EPOCHLOG_CLICKHOUSE_USER/,
    ],
    ['an unknown CA', { NODE_EXTRA_CA_CERTS: '' }, /.*NODE_EXTRA_CA_CERTS/],
  ])('%s is reported at once', async (_what, changed, message) => {
    const environment = { ...environmentOf(server), ...changed };
    expect(await refusal(['projections', 'apply'], environment)).toEqual(refused(message));
  });
});
