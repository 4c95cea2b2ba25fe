import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { isForbidden, warehouseError } from './errors.ts';

const place = { name: 'ClickHouse at http://host:8123', user: 'ada' };
const answer = (code: string, type: string, message = 'what happened') =>
  new ClickHouseError({ code, type, message });
const thrown = (code: string, message = 'what happened') => Object.assign(new Error(message), { code });

test.each([
  ['what the connection threw', new Error('socket hang up'), 'WAREHOUSE_UNAVAILABLE', true],
  ['too many parts', answer('252', 'TOO_MANY_PARTS'), 'WAREHOUSE_UNAVAILABLE', true],
  ['replicas behind', answer('289', 'REPLICA_IS_NOT_IN_QUORUM'), 'WAREHOUSE_UNAVAILABLE', true],
  ['an insert that came too late', answer('469', 'VIOLATED_CONSTRAINT'), 'WAREHOUSE_UNAVAILABLE', true],
  ['no space', answer('243', 'NOT_ENOUGH_SPACE'), 'DISK_FULL', true],
  ['no space, met while writing', answer('75', 'CANNOT_WRITE_TO_FILE_DESCRIPTOR'), 'DISK_FULL', true],
  [
    'no memory left for anybody',
    answer('241', 'MEMORY_LIMIT_EXCEEDED', '(total) memory limit exceeded'),
    'WAREHOUSE_UNAVAILABLE',
    true,
  ],
  ['a query beyond its memory', answer('241', 'MEMORY_LIMIT_EXCEEDED'), 'WAREHOUSE_QUERY', false],
  ['a syntax error', answer('62', 'SYNTAX_ERROR'), 'WAREHOUSE_QUERY', false],
  ['a wrong password', answer('516', 'AUTHENTICATION_FAILED'), 'CONFIG_INVALID', false],
  ['no file to open', answer('573', 'EPOLL_ERROR', 'no epoll, errno: 24'), 'CONFIG_INVALID', false],
  [
    'an error of a library of ClickHouse',
    new Error('std::exception. Code: 1001, type: std::__1::filesystem::filesystem_error'),
    'WAREHOUSE_QUERY',
    false,
  ],
  [
    'no space, met by a library of ClickHouse',
    new Error('Poco::Exception. Code: 1000, e.code() = 28, No space left on device'),
    'DISK_FULL',
    true,
  ],
  ['a certificate of its own', thrown('DEPTH_ZERO_SELF_SIGNED_CERT'), 'CONFIG_INVALID', false],
])('%s', (_what, error, code, retriable) => {
  expect(warehouseError(error, place)).toMatchObject({ code, retriable, cause: error });
});

test.each([
  ['nobody', thrown('ECONNREFUSED', ''), /^ClickHouse at http:\/\/host:8123 does not answer: ECONNREFUSED$/],
  ['silence', new Error('Timeout error.'), /does not answer: Timeout error\.$/],
  [
    'a page',
    new Error('<html><style>b { color: red }</style>\n<h1>502 Bad Gateway</h1></html>'),
    /^what answers is not ClickHouse at http:\/\/host:8123: 502 Bad Gateway; a proxy/,
  ],
  [
    'a function that reads files',
    new Error(
      'std::exception. Code: 1001, e.what() = filesystem error: in current_path: call to getcwd failed: No such',
    ),
    /^ClickHouse at http:\/\/host:8123 does not read files: leave out the function 'file'$/,
  ],
  ['no JSON', new SyntaxError('Unexpected token <'), /^what answers is not ClickHouse at/],
  ['plain text on a port that should speak TLS', thrown('EPROTO'), /must begin with http:\/\//],
  ['an expired certificate', thrown('CERT_HAS_EXPIRED', 'certificate has expired'), /NODE_EXTRA_CA_CERTS/],
  ['another host', thrown('ERR_TLS_CERT_ALTNAME_INVALID', 'Host: host. is not in'), /EPOCHLOG_CLICKHOUSE/],
  [
    'no user',
    answer('516', 'AUTHENTICATION_FAILED', 'pass me by'),
    /'ada' in: correct EPOCHLOG_CLICKHOUSE_USER/,
  ],
])('what a person reads when there is %s', (_what, error, message) => {
  expect(warehouseError(error, place).message).toMatch(message);
});

test('the engine of this machine, started again, is not told to correct its password', () => {
  const error = warehouseError(answer('516', 'AUTHENTICATION_FAILED'), { name: 'the warehouse' });
  expect(error).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retriable: true });
});

test('a long message is cut, the name of the error is not', () => {
  const { message } = warehouseError(
    answer('62', 'SYNTAX_ERROR', `expected one of ${'SELECT, '.repeat(500)}`),
    place,
  );
  expect(message.length).toBeLessThan(700);
  expect(message).toMatch(/^expected one of .*… \(ClickHouse 62 SYNTAX_ERROR\)$/);
});

test('a right that is missing is told from a wrong statement', () => {
  expect(isForbidden(warehouseError(answer('497', 'ACCESS_DENIED'), place))).toBe(true);
  expect(isForbidden(warehouseError(answer('62', 'SYNTAX_ERROR'), place))).toBe(false);
  expect(isForbidden(new Error('497'))).toBe(false);
});

test('an error of the table stays as it is', () => {
  const error = new EpochlogError('CONFIG_INVALID', 'wrong');
  expect(warehouseError(error, place)).toBe(error);
});
