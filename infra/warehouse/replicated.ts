import { EpochlogError } from '../../kernel/errors.ts';
import { clausesOf, firstLine } from './clauses.ts';

const CREATE_TABLE = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?TABLE\b/i;
const ENGINE = /\bENGINE\s*=?\s*(\w+)/i;
const FAMILY = /^(?:\w+)?MergeTree$/;
const WINDOW = /\bnon_replicated_deduplication_window\s*=\s*(\d+)/i;
/** By default servers drop tokens after a week, since 25.10 after an hour. */
const WEEK_SECONDS = 604_800;

/**
 * Rewrites a CREATE TABLE for replicas: its engine becomes `Replicated…`, with the same deduplication window. Other
 * statements are unchanged. The database must be `Replicated`: it assigns every table its path in Keeper, and accepts no
 * path of a statement. WAREHOUSE_MIGRATION for an engine without replication.
 */
export function replicated(statement: string): string {
  if (!CREATE_TABLE.test(statement)) return statement;
  const clauses = clausesOf(statement);
  const engine = ENGINE.exec(clauses);
  const name = engine?.[1] ?? 'none';
  if (name === 'Null') return statement; // it holds no row
  if (!engine || !FAMILY.test(name)) {
    const message = `a table with replicas needs an engine of the MergeTree family, not ${name}: ${firstLine(statement)}`;
    throw new EpochlogError('WAREHOUSE_MIGRATION', message);
  }
  const settings = WINDOW.exec(clauses);
  const edits: Edit[] = [];
  if (!/^(Replicated|Shared)/.test(name))
    edits.push({ at: engine.index + engine[0].length - name.length, text: 'Replicated' });
  if (settings && !/[^_]replicated_deduplication_window\b/.test(clauses)) {
    const text = `, replicated_deduplication_window = ${settings[1]}, replicated_deduplication_window_seconds = ${WEEK_SECONDS}`;
    edits.push({ at: settings.index + settings[0].length, text });
  }
  return edits.reduceRight((sql, { at, text }) => sql.slice(0, at) + text + sql.slice(at), statement);
}

/** A text to insert; of several in a statement, the first comes first. */
interface Edit {
  at: number;
  text: string;
}
