import { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

/** Problem details for HTTP APIs (RFC 9457): what every answer that is no success holds. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('what happened, and what to do about it'),
    instance: z.string().describe('path of the request'),
    code: z.string().describe('of the table of errors (kernel/errors.ts), or UNEXPECTED'),
    requestId: z
      .string()
      .describe('of this HTTP request, as in the header X-Request-Id and in the log of the process'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('which fields of the request are wrong, and how; the first twenty'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;
