import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { columnsOf } from '../../kernel/rows/columns.ts';
import { ENVELOPE, LEASE, streamTable } from '../../kernel/rows/events.ts';
import type { StreamSchemas } from '../../kernel/schema.ts';
import type { Migration } from './projections.ts';

/** The table of a stream: what an event of it has, as columns. It holds no row, and passes them on to its views. */
export interface StreamTable {
  name: string;
  columns: readonly ColumnDefinition[];
}

interface ColumnDefinition {
  name: string;
  type: string;
}

/** The table of a stream in a SELECT; the catalogue of ClickHouse names its database too. */
export const FROM_STREAM = /\bFROM\s+(?:\w+\.)?stream_(\w+)/gi;

/** The last column of each table: a later insert is refused (docs/adr/0008-several-projectors.md). */
const LEASE_COLUMN = `${LEASE} DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') + INTERVAL 1 MINUTE,
  CONSTRAINT lease_is_valid CHECK ${LEASE} >= nowInBlock('UTC')`;

/**
 * The tables of the streams that views of these migrations select from, sorted by name, with the columns that they name: fields of
 * events as in their schemas, and what is common to all events, with an underscore: `_time`, `_id`, `_offset`, …
 * WAREHOUSE_MIGRATION for a stream that does not exist.
 */
export function streamTablesOf(
  migrations: readonly Migration[],
  schemas: readonly StreamSchemas[],
): StreamTable[] {
  const wordsByStream = new Map<string, Set<string>>();
  for (const { file, statements } of migrations) {
    for (const statement of statements) {
      for (const stream of streamsIn(statement)) {
        if (!schemas.some(({ name }) => name === stream)) throw unknownStream(file, stream, schemas);
        const words = wordsByStream.get(stream) ?? new Set<string>();
        for (const word of statement.match(/\w+/g) ?? []) words.add(word);
        wordsByStream.set(stream, words);
      }
    }
  }
  return schemas
    .filter(({ name }) => wordsByStream.has(name))
    .map((stream) => {
      const envelope = ENVELOPE.map(({ name, type }) => ({ name: `_${name}`, type }));
      const columns = [...envelope, ...columnsOf(stream)];
      const named = columns.filter(({ name }) => wordsByStream.get(stream.name)?.has(name));
      return { name: streamTable(stream.name), columns: named.map(({ name, type }) => ({ name, type })) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The streams that a statement selects from. */
export const streamsIn = (statement: string): string[] => [
  ...new Set(Array.from(statement.matchAll(FROM_STREAM), ([, name = '']) => name)),
];

function unknownStream(file: string, stream: string, schemas: readonly StreamSchemas[]): EpochlogError {
  const meant = suggestion(
    stream,
    schemas.map(({ name }) => name),
  );
  return new EpochlogError(
    'WAREHOUSE_MIGRATION',
    `${file} selects FROM ${streamTable(stream)}, and there is no stream ${stream}: ${meant}`,
  );
}

export const createTable = ({ name, columns }: StreamTable): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (${[...columns.map(definition), LEASE_COLUMN].join(', ')}) ENGINE = Null`;

const definition = ({ name, type }: ColumnDefinition): string => `\`${name}\` ${type}`;

/** A change that makes the table of a stream what the projections need. It can be applied again. */
export interface StreamTableChange {
  table: string;
  statement: string;
}

/** What the tables of a warehouse lack. */
export async function missingIn(
  warehouse: Pick<Warehouse, 'query'>,
  wanted: readonly StreamTable[],
): Promise<StreamTableChange[]> {
  const rows = await warehouse.query<ColumnDefinition & { table: string }>(
    "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND startsWith(table, 'stream_')",
  );
  const byTable = Map.groupBy(rows, ({ table }) => table);
  return wanted.flatMap((table) => {
    const present = byTable.get(table.name);
    if (!present) return { table: table.name, statement: createTable(table) };
    const types = new Map(present.map(({ name, type }) => [name, type.replaceAll('`', '')]));
    const actions = table.columns.flatMap((column) => {
      const type = types.get(column.name);
      if (type === undefined) return `ADD COLUMN IF NOT EXISTS ${definition(column)}`;
      return type === column.type.replaceAll('`', '') ? [] : `MODIFY COLUMN ${definition(column)}`;
    });
    if (actions.length === 0) return [];
    return { table: table.name, statement: `ALTER TABLE ${table.name} ${actions.join(', ')}` };
  });
}
