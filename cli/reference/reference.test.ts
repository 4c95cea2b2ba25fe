import { expect, test } from 'vitest';
import { sourcesIn, tablesIn } from '../../schemas/table-sql.ts';
import { codesWithoutAdvice } from './errors.ts';
import { fieldsWithoutMeaning } from './events.ts';
import { servicesWithoutPurpose } from './services.ts';
import { settingsWithoutMeaning } from './settings.ts';
import { columnsWithoutMeaning } from './tables.ts';

test('everything in the reference has a meaning', async () => {
  expect({
    'write a `doc` in the schema': fieldsWithoutMeaning(),
    'write a comment behind the column in its SQL': columnsWithoutMeaning(),
    'write a comment above `service`': await servicesWithoutPurpose(),
    'write .describe() behind the setting': await settingsWithoutMeaning(),
    'write what it means in cli/reference/errors.ts': codesWithoutAdvice(),
  }).toEqual({
    'write a `doc` in the schema': [],
    'write a comment behind the column in its SQL': [],
    'write a comment above `service`': [],
    'write .describe() behind the setting': [],
    'write what it means in cli/reference/errors.ts': [],
  });
});

const SQL = `-- Orders; with their sums.

CREATE TABLE orders
(
    id     String,
    -- in cents
    amount UInt64 DEFAULT 0,
    notes  Map(String, String), -- for people, by who wrote them
    INDEX by_id id TYPE bloom_filter(0.01)
)
ENGINE = MergeTree ORDER BY id;

CREATE MATERIALIZED VIEW orders_from_events TO orders AS
WITH arrayJoin(items) AS i
SELECT
    orderId AS id,
    i.cents AS amount,
    mapFilter((k, v) -> v != ',', notes) AS notes
FROM stream_orders
WHERE _type IN ('OrderPlaced', 'OrderChanged');

CREATE TABLE sums (total UInt64
)
ENGINE = MergeTree ORDER BY total;

DROP TABLE IF EXISTS sums;

-- Sums of all.
CREATE OR REPLACE VIEW sums AS
WITH x AS
(
    SELECT 1
    FROM orders
)
SELECT
    sum(amount) AS total, -- of all orders
    if(count() > 0, 'some', 'none') AS how_many -- some or none
FROM orders;
`;

test('tables and views are read from SQL, with the comments of their columns', () => {
  expect(tablesIn(SQL)).toEqual([
    {
      name: 'orders',
      kind: 'table',
      comment: 'Orders; with their sums.',
      columns: [
        { name: 'id', type: 'String', comment: '' },
        { name: 'amount', type: 'UInt64', comment: 'in cents' },
        { name: 'notes', type: 'Map(String, String)', comment: 'for people, by who wrote them' },
      ],
    },
    {
      name: 'sums',
      kind: 'view',
      comment: 'Sums of all.',
      columns: [
        { name: 'total', type: undefined, comment: 'of all orders' },
        { name: 'how_many', type: undefined, comment: 'some or none' },
      ],
    },
  ]);
});

test('the fields that columns are selected from are read from SQL', () => {
  expect(sourcesIn(SQL)).toEqual([
    {
      table: 'orders',
      stream: 'orders',
      events: ['OrderPlaced', 'OrderChanged'],
      fields: new Map([
        ['id', 'orderId'],
        ['amount', 'items.cents'],
        ['notes', "mapFilter((k, v) -> v != ',', notes)"],
      ]),
    },
  ]);
});
