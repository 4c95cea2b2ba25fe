import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { createAuthority } from '../harness/certificates.ts';
import { type ClickHouseServer, startClickHouseServer } from '../harness/clickhouse-server.ts';
import { openLink } from '../harness/tcp-link.ts';

let server: ClickHouseServer;
beforeAll(async () => {
  server = await startClickHouseServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (endpoint: Partial<ClickHouseServer & { replicated: boolean }> = {}) => {
  const { url, username, password } = server;
  return openClickHouse({ url, username, password, ...endpoint }, 'epochlog_faults');
};

/** A listening server, its URL, and its end. */
async function listening(server: Server, scheme = 'http') {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a person is told what to do', () => {
  test('nobody answers', async () => {
    const link = await openLink(server.url);
    await link[Symbol.asyncDispose]();
    await expect(open({ url: link.url })).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      message: expect.stringMatching(`ClickHouse at ${link.url} does not answer: .*ECONNREFUSED`),
    });
  });

  test.each([
    ['a wrong password', { password: 'wrong horse' }],
    ['a user who is not there', { username: 'nobody' }],
    ['no password', { password: '' }],
  ])('%s: no message shows what was tried', async (_what, credentials) => {
    const error = await open(credentials).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/ClickHouse at http:\S+ does not let .* EPOCHLOG_CLICKHOUSE_USER/),
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/horse|Basic/);
  });

  test('there is no database, and no right to create it', async () => {
    await expect(open({ url: `${server.url}/?clickhouse_setting_readonly=1` })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/no database epochlog_faults .*`CREATE DATABASE .*`GRANT ALL ON/),
    });
  });

  test('the database is there, of the kind without replicas', async () => {
    const warehouse = await open();
    await expect(open({ replicated: true })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('set EPOCHLOG_CLICKHOUSE_REPLICATED to false'),
    });
    await warehouse.command('DROP DATABASE epochlog_faults SYNC');
    await warehouse.close();
  });

  test('a certificate that nobody vouches for', async () => {
    const tls = createAuthority('unknown authority').issue('clickhouse', ['127.0.0.1']);
    await using secured = await startClickHouseServer({ tls });
    await expect(open({ url: secured.url })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/certificate of ClickHouse at https:\S+ .*NODE_EXTRA_CA_CERTS/),
    });
  });

  test('TLS where none is spoken', async () => {
    await expect(open({ url: server.url.replace('http:', 'https:') })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('must begin with http://'),
    });
  });

  test.each([
    [502, '<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>'],
    [200, '<!doctype html><p>Welcome to the intranet</p>'],
  ])('a page instead of an answer, with status %i', async (status, page) => {
    await using proxy = await listening(createServer((_, response) => response.writeHead(status).end(page)));
    await expect(open({ url: proxy.url })).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      message: expect.stringMatching(/^what answers is not ClickHouse at http:[^<]*EPOCHLOG_CLICKHOUSE/),
    });
  });

  test('somebody who speaks another protocol', async () => {
    await using other = await listening(createTcpServer((socket) => socket.resume().end('220 ready\r\n')));
    await expect(open({ url: other.url })).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      message: expect.stringContaining(`ClickHouse at ${other.url} does not answer`),
    });
  });
});

describe('a bad network', () => {
  test.each(['reset', 'unresponsive'] as const)(
    '%s: the same insert, tried again, is there once',
    async (how) => {
      await using link = await openLink(server.url);
      const { username, password } = server;
      const warehouse = await openClickHouse(
        { url: link.url, username, password, timeoutMs: 3_000 },
        'epochlog_link',
      );
      const settings = 'SETTINGS non_replicated_deduplication_window = 1000';
      await warehouse.command(
        `CREATE TABLE ${how.replace(' ', '_')} (x UInt32) ENGINE = MergeTree ORDER BY x ${settings}`,
      );
      const rows = [{ x: 1 }, { x: 2 }];
      link.fail(how);
      await expect(warehouse.insert(how, rows, 'batch')).rejects.toMatchObject({
        code: 'WAREHOUSE_UNAVAILABLE',
        retriable: true,
      });
      link.heal();
      await warehouse.insert(how, rows, 'batch');
      expect(await warehouse.query(`SELECT count() AS n FROM ${how}`)).toEqual([{ n: 2 }]);
      await warehouse.close();
    },
  );
});
