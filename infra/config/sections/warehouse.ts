import { z } from 'zod';
import { httpUrl } from './values.ts';

/** The warehouse: a ClickHouse server, or without one ClickHouse in a process of its own. */
export const warehouse = {
  warehouseMemoryMb: z.coerce
    .number()
    .int()
    .min(256)
    .optional()
    .describe(
      'memory in MB that the embedded ClickHouse may use, beside the 300 that it holds when idle; by default an eighth of ' +
        "the machine's, at least 384 and at most 2048",
    ),
  retentionDays: z.coerce
    .number()
    .int()
    .min(2)
    .max(3_650)
    .optional()
    .describe(
      'days that the tables keep single predictions and outcomes, from 2 to 3650; counts of them stay. Without it they are kept ' +
        'for ever. On a server `projections apply` sets it',
    ),
  clickhouse: httpUrl('EPOCHLOG_CLICKHOUSE_USER')
    .optional()
    .describe(
      'base URL of a ClickHouse server that keeps the projections; without it one runs beside the services',
    ),
  clickhouseUser: z.string().default('default').describe('user of the server'),
  clickhousePassword: z.string().default('').describe('password of that user'),
  clickhouseAnalyst: z
    .string()
    .min(1)
    .optional()
    .describe('user of the server for the SQL that users write; by default the same'),
  clickhouseAnalystPassword: z.string().default('').describe('password of that user'),
  clickhouseDatabase: z
    .string()
    .regex(/^epochlog\w*$/, 'must begin with epochlog, and hold letters, digits and _ only')
    .default('epochlog')
    .describe('database of the projections; its name begins with `epochlog`'),
  clickhouseReplicated: z
    .stringbool()
    .default(false)
    .describe('`true` creates the tables for several replicas; by default `false`'),
};
