import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Role } from '../../kernel/access.ts';
import { EpochlogError, type ErrorCode } from '../../kernel/errors.ts';
import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import { cursor } from '../../kernel/texts.ts';
import { formatListCursor, parseListCursor } from './list-cursor.ts';

type Row = Readonly<Record<string, unknown>>;

export interface List {
  url: string;
  /** who may read it; default: viewers */
  role?: Role;
  /** errors of its own, which are documented */
  errors?: readonly ErrorCode[];
  operationId: string;
  summary: string;
  tags: readonly string[];
  /** named query of projections/, which takes the filters, `after` and `limit` */
  query: string;
  /** which query it is instead, with some filters */
  queryOf?(filters: Readonly<Record<string, unknown>>): string;
  /** the columns by which the rows are ordered, and which no two rows have alike: `after` has their values */
  key: readonly string[];
  /** parts of the path, which are parameters of the query too */
  path?: z.ZodObject;
  /** of an empty list: rejects with NOT_FOUND when the path, or a filter that must be given, names nothing */
  assertFound?(params: Readonly<Record<string, unknown>>): Promise<void>;
  /** an absent filter is null to the query */
  filters?: z.ZodRawShape;
  item: z.ZodType;
  /** for rows of any size: the query takes `maxBytes` too, ends the page there, and gives the `bytes` of each row */
  isMeasured?: boolean;
  /** maps a row to an item */
  toItem?(row: Row): Row;
}

const MAX_ITEMS = 1_000;
/** A page of rows of any size ends with the row that reaches it. */
const MAX_PAGE_BYTES = 4 << 20;

/** A moment, or a day for its first moment. */
export const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a time such as 2026-03-01T12:00:00Z, or a day such as 2026-03-01',
  })
  .describe('2026-03-01T12:00:00Z, or 2026-03-01');

/** What every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_ITEMS).default(100).describe('items of a page'),
  cursor: cursor.optional().describe('`next` of the page before, as it is; left out: the first page'),
};

/** What every list answers. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z
    .object({
      items: z.array(item),
      next: z.string().nullable().describe('the `cursor` of the next page; null on the last one'),
    })
    .meta({ id: `${item.meta()?.id}Page` });

/** Adds GET of a list, page by page; a page of large items has fewer than `limit`. */
export function addList(app: FastifyInstance, query: NamedQuery, list: List): void {
  const { filters = {}, key, toItem = (row) => row } = list;
  const noFilters = Object.fromEntries(Object.keys(filters).map((name) => [name, null]));
  const querystring = z.object({ ...filters, ...pageQuery });
  app.route({
    method: 'GET',
    url: list.url,
    config: { ...(list.errors && { errors: list.errors }), ...(list.role && { role: list.role }) },
    schema: {
      operationId: list.operationId,
      summary: list.summary,
      tags: list.tags,
      querystring,
      ...(list.path && { params: list.path }),
      response: { 200: pageOf(list.item) },
    },
    async handler(request) {
      const { limit, cursor, ...given } = request.query as z.infer<typeof querystring>;
      const path = request.params as Readonly<Record<string, string>>;
      const after = cursor === undefined ? [] : parseListCursor(cursor, list.query, key.length);
      const maxBytes = list.isMeasured ? { maxBytes: MAX_PAGE_BYTES } : {};
      const name = list.queryOf?.(given) ?? list.query;
      const params = { ...noFilters, ...given, ...path, after, ...maxBytes };
      const { rows, isFull } = await readPage(query, name, params, limit);
      if (rows.length === 0) await list.assertFound?.({ ...given, ...path });
      const last = isFull ? rows.at(-1) : undefined;
      const valuesOf = (row: Row) => key.map((column) => String(row[column] ?? ''));
      return { items: rows.map(toItem), next: last ? formatListCursor(list.query, valuesOf(last)) : null };
    },
  });
}

interface Page<Item> {
  rows: Item[];
  /** whether there may be a next page */
  isFull: boolean;
}

/**
 * The first rows of a named query, at most `limit`; halves the limit when the warehouse refuses a result as too large.
 */
export async function readPage<Item extends object = Row>(
  query: NamedQuery,
  name: string,
  params: Readonly<Record<string, unknown>>,
  limit: number,
): Promise<Page<Item>> {
  try {
    const rows = await query<Item>(name, { ...params, limit });
    const bytes = rows.reduce((sum, row) => sum + ('bytes' in row ? Number(row.bytes) : 0), 0);
    return { rows, isFull: rows.length >= limit || bytes >= MAX_PAGE_BYTES };
  } catch (error) {
    if (!(error instanceof EpochlogError) || error.code !== 'WAREHOUSE_QUERY' || limit === 1) throw error;
    return readPage(query, name, params, Math.floor(limit / 2));
  }
}

/** A page of a list that is at hand, in the order of the keys of its items, which no two have alike. */
export function pageAt<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  list: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): { items: Item[]; next: string | null } {
  const [after = ''] = cursor === undefined ? [] : parseListCursor(cursor, list, 1);
  const following = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = following.slice(0, limit);
  const next = following.length > limit ? formatListCursor(list, [page.at(-1)!.key]) : null;
  return { items: page.map(({ item }) => item), next };
}
