import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { namedValues, sql } from '../../../kernel/texts.ts';
import type { ApiContext } from '../settings.ts';

const body = z
  .strictObject({
    sql: sql.describe('a SELECT in ClickHouse’s SQL; {name:Type} takes params.name'),
    params: namedValues(z.unknown()).default({}),
  })
  .meta({
    id: 'Query',
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
  .meta({ id: 'QueryAnswer' });

/** Free questions to the projections, which can only read, and only so much. */
export function addRoutes(app: FastifyInstance, { warehouse, settings }: ApiContext): void {
  const limits = {
    seconds: settings.querySeconds,
    resultRows: settings.queryRows,
    memoryBytes: settings.queryMegabytes * 1_000_000,
  };
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/query',
    {
      schema: {
        operationId: 'query',
        summary: 'Read the projections with SQL of your own',
        tags: ['query'],
        body,
        response: { 200: answer },
      },
    },
    async ({ body: { sql, params } }) => {
      const rows = await warehouse.query<Record<string, unknown>>(sql, params, limits);
      return { rows, count: rows.length };
    },
  );
}
