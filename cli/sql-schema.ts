import { EpochlogError } from '../kernel/errors.ts';
import { suggestion } from '../kernel/nearest.ts';
import { type DescribedTable, describedTables, plain, toldTable } from '../schemas/tables.ts';
import type { Output } from './output.ts';
import { table } from './output.ts';

/** Shows what SQL can read: all tables and views, or one with its columns. NOT_FOUND, with the nearest name. */
export function showSchema(name: string | undefined, output: Output): void {
  const tables = describedTables();
  const chosen = tables.filter((candidate) => name === undefined || candidate.name === name);
  if (name !== undefined && chosen.length === 0) {
    const meant = suggestion(
      name,
      tables.map((candidate) => candidate.name),
    );
    throw new EpochlogError('NOT_FOUND', `there is no table ${name}; ${meant}`);
  }
  for (const described of chosen) output.result(toldTable(described));
  output.line(
    name === undefined ? overview(tables, output) : chosen.map((one) => columnsOf(one, output)).join('\n'),
  );
}

function overview(tables: readonly DescribedTable[], { tableWidth, paint }: Output): string {
  const rows = tables.map(({ name, kind, comment, of }) => [name, kind, plain(comment || of)]);
  return `${table(['name', 'kind', 'what it holds'], rows, tableWidth)}\n${paint('minor', 'the columns of one: epochlog sql --schema NAME')}`;
}

function columnsOf(
  { name, kind, comment, events, columns, meanings }: DescribedTable,
  output: Output,
): string {
  const from = events.length === 0 ? '' : ` From ${events.join(', ')}.`;
  const rows = columns.map((column) => [
    column.name,
    column.type ?? '',
    plain(meanings.get(column.name) ?? ''),
  ]);
  return `${output.paint('heading', name)}: a ${kind}. ${plain(comment)}${from}\n${table(['column', 'type', 'meaning'], rows, output.tableWidth)}`;
}
