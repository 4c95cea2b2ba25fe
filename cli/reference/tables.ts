import { type DescribedTable, describedProjections } from '../../schemas/tables.ts';
import { code, generatedFrom, table } from './markdown.ts';

/** The columns that nearly every table ends with, told once. */
const POSITION = ['event_id', 'topic', 'partition', 'offset'];

/** Columns that nothing says the meaning of, as `table.column`. */
export const columnsWithoutMeaning = (): string[] =>
  describedProjections().flatMap(({ tables }) =>
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
  const all = describedProjections();
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
