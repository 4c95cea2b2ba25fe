import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openS3, type S3Options } from '../../infra/artifacts/s3.ts';
import type { EpochlogError } from '../../kernel/errors.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { service as collector } from '../../services/collector/service.ts';
import { type S3Server, startS3 } from '../harness/cluster/s3.ts';
import { epochlog, finished, writeCorpus } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { startServices } from '../harness/services.ts';
import { openLink } from '../harness/tcp-link.ts';

let server: S3Server;
let credentials: Record<string, string>;
beforeAll(async () => {
  server = await startS3();
  credentials = {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    // nothing of the person's own
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value);
  return () => vi.unstubAllEnvs();
});

const open = (options: Partial<S3Options>) =>
  openS3({ bucket: server.bucket, prefix: '', endpoint: server.endpoint, ...options });
const unavailable = { code: 'ARTIFACTS_UNAVAILABLE', retriable: true };
const bytes = randomBytes(5_000_000);
/** for what never comes; all else is waited for longer */
const IMPATIENT_MS = 1_000;

describe('a bad network', () => {
  test('nobody answers', async () => {
    const link = await openLink(server.endpoint);
    await link[Symbol.asyncDispose]();
    await expect(open({ endpoint: link.url })).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining(`s3://epochlog at ${link.url} does not answer`),
    });
  });

  test('a connection that is cut is made again', async () => {
    await using link = await openLink(server.endpoint);
    const store = await open({ endpoint: link.url });
    const digest = await store.put(bytes);
    const before = link.connections;
    link.fail('reset once');
    expect(Buffer.compare(await store.get(digest), bytes)).toBe(0);
    expect(link.connections).toBe(before + 1);
  });

  test.each([
    ['reset', 'an answer', 0],
    ['reset', 'an object', 1_000_000],
    ['unresponsive', 'an answer', 0],
    ['unresponsive', 'an object', 1_000_000],
  ] as const)('%s before the end of %s', async (how, _, afterBytes) => {
    await using link = await openLink(server.endpoint);
    const store = await open({ endpoint: link.url });
    const digest = await store.put(bytes);
    const impatient = await open({ endpoint: link.url, idleTimeoutMs: IMPATIENT_MS });
    link.fail(how, afterBytes);
    await expect(impatient.get(digest)).rejects.toMatchObject(unavailable);
    link.heal();
    expect(Buffer.compare(await store.get(digest), bytes)).toBe(0);
  });

  test.each(['reset', 'unresponsive'] as const)('%s while storing', async (how) => {
    await using link = await openLink(server.endpoint);
    const store = await open({ endpoint: link.url });
    const other = randomBytes(1_000_000);
    const impatient = await open({ endpoint: link.url, idleTimeoutMs: IMPATIENT_MS });
    link.fail(how);
    await expect(impatient.put(other)).rejects.toMatchObject(unavailable);
    link.heal();
    expect(Buffer.compare(await store.get(await store.put(other)), other)).toBe(0);
  });

  test('a service waits until it has passed', async () => {
    await using link = await openLink(server.endpoint);
    const environment = { EPOCHLOG_ARTIFACTS: 's3://epochlog/services', EPOCHLOG_S3_ENDPOINT: link.url };
    await using services = await startServices([collector], { environment });
    const source = await services.artifacts.put(Buffer.from('[]\n'));
    link.fail('reset');
    const before = link.connections;
    const request = {
      collectionId: 'c',
      task: 'arxiv',
      source,
      sourceName: 'papers.jsonl',
      generated: false,
      requestedBy: 'ada',
    };
    const published = services.publish(newEvent('CollectionRequested', { ...request, from: null, to: null }));
    await eventually(async () => link.connections > before + 6 || undefined); // more than one step's attempts
    link.heal();
    await published;
    const [completed] = await services.all('CollectionCompleted', 'CollectionFailed');
    expect(completed).toMatchObject({ type: 'CollectionCompleted', data: { records: 0, rejected: 1 } });
  });
});

describe('a wrong configuration', () => {
  const secret = 'never-to-be-printed';

  test.each<[string, Partial<S3Options>, Record<string, string | undefined>, RegExp]>([
    ['no such bucket', { bucket: 'elsewhere' }, {}, /NoSuchBucket.*create the bucket/],
    ['no such key', {}, { AWS_ACCESS_KEY_ID: 'somebody' }, /InvalidAccessKeyId.*AWS_ACCESS_KEY_ID/],
    [
      'a wrong secret',
      {},
      { AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: secret },
      /SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY/,
    ],
    ['no credentials', {}, { AWS_ACCESS_KEY_ID: undefined }, /credentials.*AWS_ACCESS_KEY_ID/],
    ['no region', { endpoint: undefined }, { AWS_REGION: undefined }, /EPOCHLOG_S3_REGION/],
  ])('%s', async (_, options, environment, message) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const error: EpochlogError = await open(options).then(
      () => expect.fail('it opened'),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(secret);
  });

  test('what has worked is waited for', async () => {
    const store = await open({});
    const digest = await store.put(bytes);
    await rename(server.folder, `${server.folder}-away`);
    await expect(store.get(digest)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('NoSuchBucket'),
    });
    await rename(`${server.folder}-away`, server.folder);
    expect(await store.has(digest)).toBe(true);
  });
});

describe('the command line', () => {
  const environment = () => ({
    ...credentials,
    EPOCHLOG_ARTIFACTS: 's3://epochlog/of/the/team/',
    EPOCHLOG_S3_ENDPOINT: server.endpoint,
  });

  test('keeps artifacts in the bucket, and none in the home', async () => {
    await using folder = await temporaryFolder('s3-cli');
    const [home, papers] = [join(folder.path, 'home'), join(folder.path, 'papers.jsonl')];
    await mkdir(home);
    await writeCorpus(papers, 20);
    const { code, stderr } = await finished(epochlog(home, ['collect', papers], environment()));
    expect([code, stderr]).toEqual([0, '']);
    expect(await readdir(join(home, 'artifacts'))).toEqual([]);
    const files = await readdir(join(server.folder, 'of/the/team'), { recursive: true });
    expect(files.filter((file) => /^sha256.[0-9a-f]{2}.[0-9a-f]{64}$/.test(file))).toHaveLength(2); // the papers and nothing
  });

  test('says what is wrong', async () => {
    await using folder = await temporaryFolder('s3-cli');
    await writeFile(join(folder.path, 'papers.jsonl'), '');
    const wrong = { ...environment(), AWS_SECRET_ACCESS_KEY: 'never-to-be-printed' };
    const { code, stdout, stderr } = await finished(epochlog(folder.path, ['up'], wrong));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^epochlog: s3:\/\/epochlog at http.* refuses: .* \[CONFIG_INVALID\]\n$/);
    expect(stdout + stderr).not.toContain('never-to-be-printed');
  });
});
