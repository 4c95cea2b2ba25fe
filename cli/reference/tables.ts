import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSchemas } from '../../schemas/load.ts';
import { type AvroField, fieldsInside, fieldsOf } from './events.ts';
import { meaningOf } from './fields.ts';
import { code, generatedFrom, table } from './markdown.ts';
import { type SqlColumn, type SqlSource, type SqlTable, sourcesIn, tablesIn } from './sql.ts';

const folder = join(import.meta.dirname, '../../projections');

/** A folder of projections/: what it tells of, and its tables. */
interface Projection {
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

/** The columns that nearly every table ends with, told once. */
const POSITION = ['event_id', 'topic', 'partition', 'offset'];

const eventsByName = new Map(
  loadSchemas().flatMap(({ events }) => events.map((event) => [event.name, fieldsOf(event)] as const)),
);

/** What the schemas say of the field that a column is selected from. */
function docOf(column: string, source: SqlSource | undefined): string | undefined {
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
function described(name: string, sql: string): Projection {
  const sources = sourcesIn(sql);
  const known = new Map<string, string>();
  const tables = tablesIn(sql).map((table): DescribedTable => {
    const source = sources.find((candidate) => candidate.table === table.name);
    const meaning = ({ name: column, comment }: SqlColumn) =>
      comment || docOf(column, source) || known.get(column) || meaningOf(column) || '';
    const meanings = new Map(table.columns.map((column) => [column.name, meaning(column)] as const));
    for (const [column, text] of meanings) if (!known.has(column)) known.set(column, text);
    return { ...table, of: name, events: source?.events ?? [], meanings };
  });
  return { name, tables };
}

/** What projectors keep for themselves. */
const isInternal = (file: string) => file.startsWith('projector/');

/** All projections, in the order of their folders. */
function projections(): Projection[] {
  const files = globSync('*/*.sql', { cwd: folder })
    .filter((file) => !isInternal(file))
    .sort();
  return [...Map.groupBy(files, (file) => file.split('/')[0]!)].map(([name, paths]) =>
    described(name, paths.map((path) => readFileSync(join(folder, path), 'utf8')).join('\n')),
  );
}

/** All tables and views that users may read. */
export const describedTables = (): DescribedTable[] => projections().flatMap(({ tables }) => tables);

/** Columns that nothing says the meaning of, as `table.column`. */
export const columnsWithoutMeaning = (): string[] =>
  projections().flatMap(({ tables }) =>
    tables.flatMap(({ name, meanings }) =>
      [...meanings].filter(([, meaning]) => meaning === '').map(([column]) => `${name}.${column}`),
    ),
  );

const linkTo = (event: string) => `[${event}](events.md#${event.toLowerCase()})`;

function tableSection({ name, kind, comment, events, columns, meanings }: DescribedTable): string {
  const shown = columns.filter((column) => name === 'events' || !POSITION.includes(column.name));
  const hasPosition = shown.length < columns.length && columns.some((column) => column.name === 'offset');
  const from = events.length > 0 ? ` From ${events.map(linkTo).join(', ')}.` : '';
  const position = hasPosition ? ' Each row ends with the position of its event.' : '';
  const rows = shown.map((column) => [
    code(column.name),
    ...(kind === 'table' ? [column.type ?? ''] : []),
    meanings.get(column.name) ?? '',
  ]);
  const heading = kind === 'table' ? ['column', 'type', 'meaning'] : ['column', 'meaning'];
  return [
    `### ${name}\n`,
    `A ${kind}.${comment === '' ? '' : ` ${comment}`}${from}${position}\n`,
    table(heading, rows),
  ].join('\n');
}

/** The page of what SQL can read, from the projections. */
export function tablesPage(): string {
  const all = projections();
  const overview = all.flatMap(({ name: of, tables }) =>
    tables.map(({ name, kind, comment }) => [`[${name}](#${name})`, kind, comment || of]),
  );
  return [
    generatedFrom('projections/ and schemas/'),
    '# Tables\n',
    'What [`npx epochlog sql`](../sql.md) and `POST /v1/sql` can read: tables and views of ClickHouse, filled from the events of the log.',
    'A **table** has a row for each event that it tells of, and is only added to. A **view** puts rows together: one row for each',
    'run, version or alert, as it is now. `npx epochlog sql --schema` shows this page in the terminal.\n',
    'Nearly every table ends with the position of the event of the row: `event_id`, `topic`, `partition`, `offset`. `time` and',
    'columns that end with `_at` say when the event was written; `instant` says when what it tells was',
    '([decision 17](../adr/0017-instants.md)). `events` holds each event as a whole, its fields as JSON: what is in no other table',
    "is there, such as `JSONExtractString(data, 'reason')`.\n",
    table(['name', 'kind', 'what it holds'], overview),
    ...all.map(({ name, tables }) => [`## projections/${name}\n`, ...tables.map(tableSection)].join('\n')),
  ].join('\n');
}
