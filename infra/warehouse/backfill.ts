import { randomUUID } from 'node:crypto';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { insertedInto, type Migration } from './projections.ts';
import { fillFromStreams, type ViewOfStream } from './refill.ts';
import { streamsIn } from './stream-tables.ts';

/** A table or view in the system catalogue. */
interface Relation {
  name: string;
  engine: string;
  definition: string;
  /** of a materialized view: its SELECT, and its target table ('' for an inner table) */
  select: string;
  target: string;
  /** materialized views that read from it */
  feeds: readonly string[];
  /** null for a view */
  rows: number | null;
}

const RELATIONS = `
  SELECT
    name,
    engine,
    engine_full AS definition,
    as_select AS select,
    extract(create_table_query, '^CREATE MATERIALIZED VIEW \\\\S+ TO [^ .]+\\\\.(\\\\w+)') AS target,
    dependencies_table AS feeds,
    total_rows AS rows
  FROM system.tables
  WHERE database = currentDatabase()`;

const COLUMNS = `
  SELECT groupArray(name) AS names
  FROM (SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {view:String} ORDER BY position)`;

/**
 * Backfills the targets of the materialized views that some migrations have created from the existing events: truncates each
 * target, and inserts the result of every view that writes to it. A target that its migration fills itself, from other tables that
 * have what was before, is left as it is.
 *
 * WAREHOUSE_MIGRATION for a view that cannot be backfilled, or whose rows a retried insert would duplicate: it must be
 * `TO` a table and read `FROM events` or `FROM stream_…` directly, and its target must set `non_replicated_deduplication_window` and feed no
 * other view.
 */
export async function backfill(warehouse: Warehouse, migrations: readonly Migration[]): Promise<void> {
  const fileOf = new Map(migrations.flatMap(({ file, creates }) => creates.map((name) => [name, file])));

  const relations = new Map(
    (await warehouse.query<Relation>(RELATIONS)).map((relation) => [relation.name, relation]),
  );
  const views = [...relations.values()].filter(({ engine }) => engine === 'MaterializedView');
  const created = views.filter(({ name }) => fileOf.has(name));
  for (const view of created) checkRules(fileOf.get(view.name) ?? '', view, relations);

  if (relations.get('events')?.rows === 0) return; // a new warehouse has no events
  const targets = new Set(created.map(({ target }) => target)).difference(filledBy(migrations));
  for (const target of targets) await warehouse.command(`TRUNCATE TABLE ${target}`);
  const filled = views.filter(({ target }) => targets.has(target));
  for (const view of filled) if (streamsIn(view.select).length === 0) await fillFromEvents(warehouse, view);
  await fillFromStreams(warehouse, filled.flatMap(viewOfStream));
}

/** The tables that statements of migrations insert into. */
const filledBy = (migrations: readonly Migration[]): Set<string> =>
  new Set(
    migrations.flatMap(({ statements }) => statements.flatMap((statement) => insertedInto(statement) ?? [])),
  );

/** `events`, and the tables of streams. */
const isSource = ({ name, engine }: Relation): boolean => name === 'events' || engine === 'Null';

function checkRules(file: string, view: Relation, relations: ReadonlyMap<string, Relation>): void {
  const target = relations.get(view.target);
  const broken =
    (!target && 'must write TO a table of its own') ||
    (![...relations.values()].some((source) => isSource(source) && source.feeds.includes(view.name)) &&
      'must select FROM events or FROM stream_…') ||
    (target && target.feeds.length > 0 && `must not be followed by another view: ${target.feeds}`) ||
    (!/deduplication_window = [1-9]/.test(target?.definition ?? '') &&
      `needs non_replicated_deduplication_window = 1000 on ${view.target}, or a retried batch counts twice`);
  if (broken) throw new EpochlogError('WAREHOUSE_MIGRATION', `${file}: the view ${view.name} ${broken}`);
}

/** A view maps columns by name, an INSERT by position. The token is unique, so that equal blocks are all inserted. */
async function fillFromEvents(warehouse: Warehouse, { name, select, target }: Relation): Promise<void> {
  const [columns] = await warehouse.query<{ names: readonly string[] }>(COLUMNS, { view: name });
  const list = (columns?.names ?? []).map((column) => `\`${column}\``).join(', ');
  await warehouse.command(`
    INSERT INTO ${target} (${list})
    SETTINGS insert_deduplication_token = '${randomUUID()}', min_insert_block_size_bytes = 16000000
    SELECT ${list} FROM (${select})`);
}

const viewOfStream = ({ name, select, target }: Relation): ViewOfStream[] =>
  streamsIn(select).map((stream) => ({ name, select, target, stream }));
