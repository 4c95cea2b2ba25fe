import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { explained } from './user-sql.ts';

const LIMITS = { seconds: 10, resultRows: 10_000, memoryBytes: 200_000_000 };
const warehouse = {
  query: async <Row>() => [{ name: 'predictions' }, { name: 'versions' }] as Row[],
};

/** Messages as ClickHouse 26.7 gives them, by way of its client. */
test.each([
  [
    ['62', 'WHRE', 'Syntax error: failed at position 24 '],
    'SELECT *\nFROM events\n  WHRE x',
    /^syntax error in line 3, column 3, at 'WHRE x' \(ClickHouse 62 SYNTAX_ERROR\)$/,
  ],
  [
    ['62', 'SYNTAX_ERROR', "Single quoted string is not closed: Syntax error: failed at position 11 ('a"],
    "SELECT 'é\n",
    /^syntax error in line 1, column 10, where it ends: Single quoted string is not closed/,
  ],
  [
    ['62', 'FORMAT', 'Syntax error: failed at position 21 '],
    'SELECT 1 FORMAT CSV',
    /leave out FORMAT; the option/,
  ],
  [
    [
      '62',
      'SYNTAX_ERROR',
      'Syntax error (Multi-statements are not allowed): failed at position 9 (end of query)',
    ],
    'SELECT 1; SELECT 2',
    /at '; SELECT 2': write one statement/,
  ],
  [['62', 'SYNTAX_ERROR', 'Empty query. '], '-- no', /^there is no SQL: write a SELECT/],
  [
    [
      '60',
      'UNKNOWN_TABLE',
      "Unknown table expression identifier 'prediction' in scope SELECT * FROM prediction.",
    ],
    'SELECT * FROM prediction',
    /^there is no table prediction; did you mean predictions\? .*--schema.* \(ClickHouse 60 UNKNOWN_TABLE\)$/,
  ],
  [
    [
      '47',
      'UNKNOWN_IDENTIFIER',
      "Unknown expression identifier `confidnce` in scope SELECT confidnce FROM predictions. Maybe you meant: ['confidence'].",
    ],
    'SELECT confidnce FROM predictions',
    /^there is no column confidnce; did you mean confidence\? .*--schema TABLE.* \(ClickHouse 47 UNKNOWN_IDENTIFIER\)$/,
  ],
  [
    [
      '47',
      'UNKNOWN_IDENTIFIER',
      "Identifier 'p.nothing' cannot be resolved from table with name p. In scope SELECT p.nothing FROM predictions AS p.",
    ],
    'SELECT p.nothing FROM predictions p',
    /^there is no column p\.nothing; `epochlog sql --schema TABLE`/,
  ],
  [
    [
      '396',
      'TOO_MANY_ROWS_OR_BYTES',
      'Limit for result exceeded, max rows: 10.00 thousand, current rows: 11',
    ],
    '',
    /more than 10,000 rows: add LIMIT/,
  ],
  [
    ['396', 'TOO_MANY_ROWS_OR_BYTES', 'Limit for result exceeded, max bytes: 30 MiB'],
    '',
    /select fewer columns/,
  ],
  [['159', 'TIMEOUT_EXCEEDED', 'Timeout exceeded: elapsed 10005 ms'], '', /limit of 10 s: read fewer rows/],
  [['241', 'MEMORY_LIMIT_EXCEEDED', 'Query memory limit exceeded'], '', /its 200 MB of memory: read fewer/],
  [['164', 'READONLY', "Cannot modify 'readonly' setting"], '', /changes no setting: leave out SETTINGS/],
  [
    [
      '497',
      'ACCESS_DENIED',
      "analyst: Not enough privileges. To execute this query, it's necessary to have the grant READ ON URL. ",
    ],
    '',
    /only reads the tables of epochlog: it has not the right READ ON URL \(/,
  ],
  [
    ['456', 'UNKNOWN_QUERY_PARAMETER', 'Substitution `day` is not set. '],
    '',
    /\{day:…\} .*--param day=VALUE/,
  ],
] as const)('%s', async ([code, type, message], sql, told) => {
  const error = await explained(new ClickHouseError({ code, type, message }), sql, LIMITS, warehouse);
  expect(error).toMatchObject({ code: 'WAREHOUSE_QUERY', message: expect.stringMatching(told) });
});

test.each([
  [
    'a function',
    new ClickHouseError({ code: '46', type: 'UNKNOWN_FUNCTION', message: 'Maybe you meant: hop' }),
  ],
  [
    'a server without memory',
    new ClickHouseError({ code: '241', type: 'X', message: '(total) memory limit' }),
  ],
  ['a connection', new Error('socket hang up')],
])('the words of ClickHouse stay about %s', async (_, error) => {
  expect(await explained(error, '', LIMITS, warehouse)).toBeUndefined();
});
