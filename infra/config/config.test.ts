import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Service } from '../../kernel/service.ts';
import { readConfig, readSettings } from './config.ts';
import { assertKnownVariables } from './variables.ts';

const service = (settings: z.ZodType): Service => ({
  name: 'curator',
  settings,
  reactsTo: [],
  effects: false,
  start: () => ({}),
});

test('without any variable the defaults hold, on loopback', () => {
  expect(readConfig({}, {})).toMatchObject({ host: '127.0.0.1', port: 8800, logLevel: 'warn' });
});

test.each([
  ['EPOCHLOG_PORT', 'eighty', "EPOCHLOG_PORT takes a number, not 'eighty'"],
  ['EPOCHLOG_PORT', '70000', "EPOCHLOG_PORT takes a number up to 65535, not '70000'"],
  ['EPOCHLOG_PORT', '-1', "EPOCHLOG_PORT takes a number from 0, not '-1'"],
  ['EPOCHLOG_OPEN_READS', 'som', "EPOCHLOG_OPEN_READS takes health, metrics, all, not 'som'"],
])('%s=%s is refused with what it takes', (name, value, message) => {
  expect(() => readConfig({}, { [name]: value })).toThrow(`the configuration is wrong: ${message}`);
});

test('a token that is refused is not told', () => {
  expect(() => readConfig({}, { EPOCHLOG_TOKEN: 'hunter2' })).toThrow(/EPOCHLOG_TOKEN(?!.*hunter2)/);
});

test('an address that others can reach needs a token', () => {
  expect(() => readConfig({}, { EPOCHLOG_HOST: '0.0.0.0' })).toThrow(/EPOCHLOG_TOKEN/);
  expect(readConfig({}, { EPOCHLOG_HOST: '0.0.0.0', EPOCHLOG_TOKEN: 'a-long-enough-secret' }).host).toBe(
    '0.0.0.0',
  );
});

test('hosts, proxies and reads that are let in', () => {
  const environment = {
    EPOCHLOG_ALLOWED_HOSTS: 'Models.example,.internal.example',
    EPOCHLOG_TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8,192.0.2.1,loopback',
    EPOCHLOG_OPEN_READS: 'all',
  };
  expect(readConfig({}, environment)).toMatchObject({
    allowedHosts: ['models.example', '.internal.example'],
    trustedProxies: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1', 'loopback'],
    openReads: 'all',
  });
  expect(readConfig({}, {}).openReads).toBe('metrics');
});

test.each([
  ['EPOCHLOG_ALLOWED_HOSTS', '*'],
  ['EPOCHLOG_ALLOWED_HOSTS', 'http://models.example'],
  ['EPOCHLOG_ALLOWED_HOSTS', 'models.example:8800'],
  ['EPOCHLOG_ALLOWED_HOSTS', 'a, b'],
  ['EPOCHLOG_TRUSTED_PROXIES', 'gateway'],
  ['EPOCHLOG_TRUSTED_PROXIES', '10.0.0.0/40'],
  ['EPOCHLOG_TRUSTED_PROXIES', '0.0.0.0/0'],
  ['EPOCHLOG_OPEN_READS', 'some'],
])('%s=%s is refused', (name, value) => {
  expect(() => readConfig({}, { [name]: value })).toThrow(name);
});

test("a service's settings come from variables with its name", () => {
  const curator = service(z.object({ minWords: z.coerce.number().default(50) }));
  expect(readSettings(curator, {})).toEqual({ minWords: 50 });
  expect(readSettings(curator, { EPOCHLOG_CURATOR_MIN_WORDS: '7' })).toEqual({ minWords: 7 });
  expect(() => readSettings(curator, { EPOCHLOG_CURATOR_MIN_WORDS: 'few' })).toThrow(
    /EPOCHLOG_CURATOR_MIN_WORDS/,
  );
});

test.each([
  ['s3://papers', { bucket: 'papers', prefix: '' }],
  ['s3://papers/', { bucket: 'papers', prefix: '' }],
  ['s3://papers.of-the-team/a/b/', { bucket: 'papers.of-the-team', prefix: 'a/b' }],
])('artifacts lie in %s', (url, artifacts) => {
  expect(readConfig({}, { EPOCHLOG_ARTIFACTS: url })).toMatchObject({ artifacts });
});

test('artifacts lie in the home unless a bucket is named', () => {
  expect(readConfig({}, {}).artifacts).toBeUndefined();
  expect(readConfig({}, { EPOCHLOG_ARTIFACTS: '' }).artifacts).toBeUndefined();
});

test.each(['papers', 's3:/papers', 's3://', 's3://Papers', 's3://papers/a b', 'file:///papers'])(
  'artifacts do not lie in %j',
  (url) => expect(() => readConfig({}, { EPOCHLOG_ARTIFACTS: url })).toThrow(/EPOCHLOG_ARTIFACTS must be/),
);

test.each([
  ['EPOCHLOG_S3_ENDPOINT', 'store:9000'],
  ['EPOCHLOG_S3_ENDPOINT', 'http://me:secret@store'],
  ['EPOCHLOG_S3_PATH_STYLE', 'perhaps'],
  ['EPOCHLOG_API', 'foo'],
  ['EPOCHLOG_REGISTRY', 'foo'],
  ['EPOCHLOG_CLICKHOUSE', 'foo'],
  ['EPOCHLOG_OTLP', 'foo'],
])('%s is not %s', (name, value) => {
  const attempt = () => readConfig({}, { [name]: value });
  expect(attempt).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  expect(attempt).toThrow(name);
  expect(attempt).not.toThrow(/secret/);
});

test.each([
  [
    'a log in Kafka without a registry',
    { EPOCHLOG_LOG: 'kafka://kafka:9092' },
    /EPOCHLOG_REGISTRY is needed/,
  ],
  ['a log that is no list of brokers', { EPOCHLOG_LOG: 'kafka:9092' }, /EPOCHLOG_LOG must be kafka:/],
  [
    'a mechanism without a user',
    { EPOCHLOG_KAFKA_SASL: 'plain' },
    /EPOCHLOG_KAFKA_USER .*_PASSWORD are needed/,
  ],
  [
    'a password that nobody asks for',
    { EPOCHLOG_KAFKA_USER: 'ada', EPOCHLOG_KAFKA_PASSWORD: 'secret' },
    /EPOCHLOG_KAFKA_SASL is needed/,
  ],
  ['an authority without TLS', { EPOCHLOG_KAFKA_CA: 'ca.pem' }, /EPOCHLOG_KAFKA_TLS must be true/],
  [
    'a certificate without its key',
    { EPOCHLOG_KAFKA_TLS: 'true', EPOCHLOG_KAFKA_CERT: 'me.pem' },
    /EPOCHLOG_KAFKA_CERT and EPOCHLOG_KAFKA_KEY/,
  ],
  ['a password of nobody', { EPOCHLOG_REGISTRY_PASSWORD: 'secret' }, /EPOCHLOG_REGISTRY_USER is needed/],
  [
    'services elsewhere without their log',
    { EPOCHLOG_API: 'http://gateway:8800' },
    /EPOCHLOG_API .*EPOCHLOG_LOG/,
  ],
  [
    'a foreign name of a database',
    { EPOCHLOG_CLICKHOUSE_DATABASE: 'default' },
    /EPOCHLOG_CLICKHOUSE_DATABASE/,
  ],
])('%s is refused, by the name of its variable', (_what, environment, message) => {
  expect(() => readConfig({}, environment)).toThrow(message);
});

test('a cluster is named by its brokers', () => {
  const environment = { EPOCHLOG_LOG: 'kafka://a:9092,b:9093', EPOCHLOG_REGISTRY: 'http://registry:8081' };
  expect(readConfig({}, environment).log).toEqual(['a:9092', 'b:9093']);
});

describe('a variable that nobody reads', () => {
  const curator = service(z.object({ minWords: z.coerce.number() }).refine(() => true));
  const known = (environment: Record<string, string>) =>
    assertKnownVariables(async () => [curator], environment);

  test.each([
    ['EPOCHLOG_HOMEE', 'did you mean EPOCHLOG_HOME?'],
    ['EPOCHLOG_KAFKA_TSL', 'did you mean EPOCHLOG_KAFKA_TLS?'],
    ['EPOCHLOG_CURATOR_MINWORDS', 'did you mean EPOCHLOG_CURATOR_MIN_WORDS?'],
    ['EPOCHLOG_NOBODY_SETS_ANYTHING_LIKE_IT', 'is not a setting; unset it'],
  ])('is refused, with the nearest name: %s', (name, advice) =>
    expect(known({ [name]: '1' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(`${name} .*${RegExp.escape(advice)}`),
    }),
  );

  test('is none of those of the configuration and of the services, nor what Kubernetes sets for a Service', async () => {
    await known({ EPOCHLOG_HOME: 'x', EPOCHLOG_S3_PATH_STYLE: 'x', EPOCHLOG_CURATOR_MIN_WORDS: '1' });
    await known({ EPOCHLOG_API_SERVICE_HOST: '10.0.0.1', EPOCHLOG_API_SERVICE_PORT_HTTP: '80', OTHER: '1' });
    await known({ EPOCHLOG_API_PORT: 'tcp://10.0.0.1:80', EPOCHLOG_API_PORT_80_TCP_ADDR: '10.0.0.1' });
  });
});
