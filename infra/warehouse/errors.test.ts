import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { warehouseError } from './errors.ts';

const error = (code: string, type: string, message = 'what happened') =>
  new ClickHouseError({ code, type, message });

test.each([
  ['what the connection threw', new Error('socket hang up'), 'WAREHOUSE_UNAVAILABLE', true],
  ['too many parts', error('252', 'TOO_MANY_PARTS'), 'WAREHOUSE_UNAVAILABLE', true],
  ['no space', error('243', 'NOT_ENOUGH_SPACE'), 'DISK_FULL', true],
  ['no space, met while writing', error('75', 'CANNOT_WRITE_TO_FILE_DESCRIPTOR'), 'DISK_FULL', true],
  [
    'no memory left for anybody',
    error('241', 'MEMORY_LIMIT_EXCEEDED', '(total) memory limit exceeded'),
    'WAREHOUSE_UNAVAILABLE',
    true,
  ],
  ['a query beyond its memory', error('241', 'MEMORY_LIMIT_EXCEEDED'), 'WAREHOUSE_QUERY', false],
  ['a syntax error', error('62', 'SYNTAX_ERROR'), 'WAREHOUSE_QUERY', false],
])('%s', (_what, thrown, code, retriable) => {
  expect(warehouseError(thrown)).toMatchObject({ code, retriable, cause: thrown });
});

test('a long message is cut, the name of the error is not', () => {
  const { message } = warehouseError(
    error('62', 'SYNTAX_ERROR', `expected one of ${'SELECT, '.repeat(500)}`),
  );
  expect(message.length).toBeLessThan(700);
  expect(message).toMatch(/^expected one of .*… \(ClickHouse 62 SYNTAX_ERROR\)$/);
});
