import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import { cursor } from '../../kernel/texts.ts';

type Row = Readonly<Record<string, unknown>>;
/** Parameters of a query that select the first row of a page. */
type PageStart = Readonly<Record<string, string | number>>;

/** How a list is paged. */
export interface Paging {
  first: PageStart;
  next(last: Row, page: PageStart, rows: number): PageStart;
}

/** By offset, for short lists. */
export const byOffset: Paging = {
  first: { offset: 0 },
  next: (_last, { offset }, rows) => ({ offset: Number(offset) + rows }),
};

/** By the key of the last row (parameter → column), for long lists: every page costs the same. */
export const byKey = (first: PageStart, columns: Readonly<Record<string, string>>): Paging => ({
  first,
  next: (last) =>
    Object.fromEntries(Object.entries(columns).map(([param, column]) => [param, last[column] as string])),
});

export interface List {
  url: string;
  summary: string;
  tags: readonly string[];
  /** named query of projections/, which takes the filters, the page start and `limit` */
  query: string;
  /** parts of the path, which are parameters of the query too */
  path?: z.ZodObject;
  /** an absent filter is null to the query */
  filters?: z.ZodRawShape;
  item: z.ZodType;
  paging: Paging;
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
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .describe('2026-03-01T12:00:00Z, or 2026-03-01');

/** Adds GET of a list: `{items, nextCursor}`, the latter null on the last page; a page of large items has fewer. */
export function addList(app: FastifyInstance, query: NamedQuery, list: List): void {
  const { filters = {}, paging, toItem = (row) => row } = list;
  const noFilters = Object.fromEntries(Object.keys(filters).map((name) => [name, null]));
  const querystring = z.object({
    ...filters,
    limit: z.coerce.number().int().min(1).max(MAX_ITEMS).default(100),
    cursor: cursor.optional().describe('nextCursor of the page before'),
  });
  const page = z.object({
    items: z.array(list.item),
    nextCursor: z.string().nullable().describe('null on the last page'),
  });
  app.route({
    method: 'GET',
    url: list.url,
    schema: {
      summary: list.summary,
      tags: list.tags,
      querystring,
      ...(list.path && { params: list.path }),
      response: { 200: page },
    },
    async handler(request) {
      const { limit, cursor, ...given } = request.query as z.infer<typeof querystring>;
      const start = cursor === undefined ? paging.first : startOf(cursor, paging);
      const maxBytes = list.isMeasured ? { maxBytes: MAX_PAGE_BYTES } : {};
      const params = { ...noFilters, ...given, ...(request.params as object), ...start, ...maxBytes };
      const { rows, isFull } = await readPage(query, list.query, params, limit);
      const last = isFull ? rows.at(-1) : undefined;
      return {
        items: rows.map(toItem),
        nextCursor: last ? cursorOf(paging.next(last, start, rows.length)) : null,
      };
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

const cursorOf = (start: PageStart): string => Buffer.from(JSON.stringify(start)).toString('base64url');

/** The page start in a cursor, checked to have the fields of the first one. */
function startOf(cursor: string, { first }: Paging): PageStart {
  const form = z.strictObject(
    Object.fromEntries(
      Object.entries(first).map(([name, value]) => [
        name,
        typeof value === 'number' ? z.int().min(0) : /^\d{4}-/.test(value) ? moment : z.string(),
      ]),
    ),
  );
  try {
    return form.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new EpochlogError('INPUT_INVALID', 'cursor: take nextCursor of the page before, as it is');
  }
}
