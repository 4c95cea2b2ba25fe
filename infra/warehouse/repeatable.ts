import { EpochlogError } from '../../kernel/errors.ts';
import { clausesOf, firstLine } from './clauses.ts';
import { insertedInto, type Migration } from './projections.ts';

/** Patterns of statements that are not repeatable, with the advice for each. */
const FAULTS: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^CREATE (?!OR REPLACE |TABLE |VIEW |MATERIALIZED VIEW )/, 'create nothing but tables and views'],
  [
    /^ALTER .*\bADD (COLUMN|CONSTRAINT|INDEX|PROJECTION|STATISTICS) (?!IF NOT EXISTS)/,
    'write ADD $1 IF NOT EXISTS',
  ],
  [
    /^ALTER .*\b(DROP|CLEAR|RENAME) (COLUMN|CONSTRAINT|INDEX|PROJECTION|STATISTICS) (?!IF EXISTS)/,
    'write $1 $2 IF EXISTS',
  ],
  [/^ALTER .*\bUPDATE /, 'fill a new column or table instead of ALTER … UPDATE'],
  [/^(DROP|RENAME) (\w+) (?!IF EXISTS)/, 'write $1 $2 IF EXISTS'],
  [/^(?!CREATE|ALTER|DROP|RENAME|INSERT|TRUNCATE|OPTIMIZE)(\w+)/, 'a migration does not use $1'],
];

const DESTROYS = /^(DROP|RENAME|TRUNCATE) |^ALTER .*\b(DROP|CLEAR|RENAME|DELETE) /;

/**
 * WAREHOUSE_MIGRATION, with what to write instead, unless a migration can be applied again after an interruption before
 * or after any of its statements. Its own tables are dropped first, so it may insert into them, but must not destroy the
 * tables that it inserts from.
 */
export function assertRepeatable({ file, statements, creates }: Migration): void {
  for (const statement of statements) {
    const advice = adviceOn(statement, statements, creates);
    if (advice === undefined) continue;
    const message = `${file} is not repeatable after a crash: ${advice}: ${firstLine(statement)}`;
    throw new EpochlogError('WAREHOUSE_MIGRATION', message);
  }
}

function adviceOn(
  statement: string,
  statements: readonly string[],
  creates: readonly string[],
): string | undefined {
  const clauses = normalForm(statement);
  for (const [pattern, advice] of FAULTS) {
    const match = pattern.exec(clauses);
    if (match) return advice.replaceAll(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
  }
  const into = insertedInto(statement);
  if (into === undefined) return undefined;
  if (!creates.includes(into)) return `only a table that the same file creates may be filled, not ${into}`;
  return statements.some((other) => DESTROYS.test(normalForm(other)))
    ? 'what a table is filled from may be dropped in the next file only'
    : undefined;
}

const normalForm = (statement: string): string =>
  clausesOf(statement).trim().replaceAll(/\s+/g, ' ').toUpperCase();
