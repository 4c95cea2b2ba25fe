import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AvroField, fieldsInside, fieldsOf } from './fields.ts';
import { loadSchemas } from './load.ts';
import { meaningOf } from './meanings.ts';
import { type SqlColumn, type SqlSource, type SqlTable, sourcesIn, tablesIn } from './table-sql.ts';

const folder = join(import.meta.dirname, '../projections');

/** A folder of projections/: what it tells of, and its tables. */
export interface Projection {
  readonly name: string;
  readonly tables: readonly DescribedTable[];
}

/** A table or view, with what each column means. */
export interface DescribedTable extends SqlTable {
  /** the folder of projections/ that it is of */
  readonly of: string;
  readonly events: readonly string[];
  readonly meanings: ReadonlyMap<string, string>;
}

type EventsByName = ReadonlyMap<string, readonly AvroField[]>;

/** What the schemas say of the field that a column is selected from. */
function docOf(
  column: string,
  source: SqlSource | undefined,
  eventsByName: EventsByName,
): string | undefined {
  const [name = '', inner] = (source?.fields.get(column) ?? '').split('.');
  for (const event of source?.events ?? []) {
    const field = eventsByName.get(event)?.find((candidate) => candidate.name === name);
    const meant = inner === undefined ? field : field && insideOf(field, inner);
    if (meant) return meant.doc ?? meaningOf(meant.name);
  }
  return undefined;
}

const insideOf = (field: AvroField, name: string): AvroField | undefined =>
  fieldsInside(field.type).find((candidate) => candidate.name === name);

/** A projection of a folder: comments come first, then the docs of fields, then what a name means everywhere. */
function described(name: string, sql: string, eventsByName: EventsByName): Projection {
  const sources = sourcesIn(sql);
  const known = new Map<string, string>();
  const tables = tablesIn(sql).map((table): DescribedTable => {
    const source = sources.find((candidate) => candidate.table === table.name);
    const meaning = ({ name: column, comment }: SqlColumn) =>
      comment || docOf(column, source, eventsByName) || known.get(column) || meaningOf(column) || '';
    const meanings = new Map(table.columns.map((column) => [column.name, meaning(column)] as const));
    for (const [column, text] of meanings) if (!known.has(column)) known.set(column, text);
    return { ...table, of: name, events: source?.events ?? [], meanings };
  });
  return { name, tables };
}

/** What projectors keep for themselves. */
const isInternal = (file: string) => file.startsWith('projector/');

/** All projections, in the order of their folders. */
export function describedProjections(): Projection[] {
  const events = loadSchemas().flatMap((stream) => stream.events);
  const eventsByName = new Map(events.map((event) => [event.name, fieldsOf(event)] as const));
  const files = globSync('*/*.sql', { cwd: folder })
    .filter((file) => !isInternal(file))
    .sort();
  return [...Map.groupBy(files, (file) => file.split('/')[0]!)].map(([name, paths]) =>
    described(name, paths.map((path) => readFileSync(join(folder, path), 'utf8')).join('\n'), eventsByName),
  );
}

/** All tables and views that users may read. */
export const describedTables = (): DescribedTable[] => describedProjections().flatMap(({ tables }) => tables);

/** A table as the command line and the API tell it. */
export const toldTable = ({ name, kind, comment, of, events, columns, meanings }: DescribedTable) => ({
  table: name,
  kind,
  meaning: plain(comment || of),
  events,
  columns: columns.map((column) => ({
    name: column.name,
    type: column.type ?? null,
    meaning: plain(meanings.get(column.name) ?? ''),
  })),
});

/** Text of the pages without their links. */
export const plain = (text: string): string =>
  text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('&lt;', '<');
