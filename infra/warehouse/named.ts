import { createHash } from 'node:crypto';
import { EpochlogError } from '../../kernel/errors.ts';
import type { NamedQuery, Warehouse } from '../../kernel/ports/warehouse.ts';
import { loadQueries } from './projections.ts';

/**
 * The named queries under a folder of projections, run in a warehouse. A list begins at its first row, unless `after` has
 * the key of the row that it continues after.
 */
export async function namedQueries(warehouse: Warehouse, root: string): Promise<NamedQuery> {
  const queries = await loadQueries(root);
  const sqlOf = (name: string): string => {
    const sql = queries.get(name);
    if (sql !== undefined) return sql;
    throw new EpochlogError('NOT_FOUND', `there is no query ${name} under projections/`);
  };
  return Object.assign(
    <Row>(name: string, params?: Readonly<Record<string, unknown>>) =>
      warehouse.query<Row>(sqlOf(name), { after: [], ...params }),
    {
      has: (name: string) => queries.has(name),
      digestOf: (name: string) => createHash('sha256').update(sqlOf(name)).digest('hex'),
    },
  );
}
