import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AnswerFormat, QueryLimits } from '../../../kernel/ports/warehouse.ts';
import { namedValues, sql } from '../../../kernel/texts.ts';
import { describedTables, toldTable } from '../../../schemas/tables.ts';
import { streamed } from '../downloads.ts';
import { pageAt, pageOf, pageQuery } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

/** Media types of answers that are files. */
const FILES = {
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
} as const satisfies Partial<Record<AnswerFormat, string>>;

const body = z
  .strictObject({
    sql: sql.describe('a SELECT in ClickHouse’s SQL; {name:Type} takes params.name'),
    params: namedValues(z.unknown()).default({}),
    format: z.enum(['json', 'csv', 'parquet', 'arrow']).default('json').describe('what the answer is in'),
  })
  .meta({
    id: 'Sql',
    example: {
      sql: 'SELECT type, count() AS events FROM events WHERE partition = {partition:UInt32} GROUP BY type',
      params: { partition: 0 },
    },
  });

const answer = z
  .object({
    rows: z.array(z.record(z.string(), z.unknown())),
    count: z.number(),
  })
  .meta({ id: 'SqlAnswer' });

const table = z
  .object({
    table: z.string(),
    kind: z.enum(['table', 'view']),
    meaning: z.string(),
    events: z
      .array(z.string())
      .readonly()
      .describe('types of the events that its rows are of; none of a view'),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string().nullable().describe('null of a view, where ClickHouse finds it'),
        meaning: z.string(),
      }),
    ),
  })
  .meta({ id: 'Table' });

/** Free questions to the projections, which can only read, and only so much. */
export function addRoutes(app: FastifyInstance, { warehouse, settings }: ApiContext): void {
  const limitsOf = (resultRows: number): QueryLimits => ({
    seconds: settings.sqlSeconds,
    resultRows,
    memoryBytes: settings.sqlMegabytes * 1_000_000,
  });
  const files = { [FILES.csv]: streamed, [FILES.parquet]: streamed, [FILES.arrow]: streamed };
  const routes = app.withTypeProvider<ZodTypeProvider>();
  let tables: z.infer<typeof table>[] | undefined;

  routes.get(
    '/v1/tables',
    {
      schema: {
        operationId: 'listTables',
        summary: 'The tables and views that SQL can read, and what each column means',
        tags: ['sql'],
        querystring: z.object(pageQuery),
        response: { 200: pageOf(table) },
      },
    },
    async (request) => {
      tables ??= describedTables().map(toldTable);
      return pageAt(tables, (one) => one.table, 'tables', request.query);
    },
  );

  routes.post(
    '/v1/sql',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'sql',
        summary: 'Read the projections with SQL of your own',
        tags: ['sql'],
        body,
        response: { 200: { content: { 'application/json': { schema: answer }, ...files } } },
      },
    },
    async ({ body: { sql, params, format } }, reply) => {
      if (format !== 'json') {
        const file = await warehouse.answer(sql, format, params, limitsOf(settings.sqlFileRows));
        return reply.type(FILES[format]).send(Readable.from(file));
      }
      const rows = await warehouse.query<Record<string, unknown>>(sql, params, limitsOf(settings.sqlRows));
      return { rows, count: rows.length };
    },
  );
}
