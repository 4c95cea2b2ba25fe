import { z } from 'zod';

export const settings = z.object({
  addresses: z
    .string()
    .regex(/^[a-z][a-z0-9-]*=https?:\/\/\S+(,[a-z][a-z0-9-]*=https?:\/\/\S+)*$/, 'is not NAME=URL,NAME=URL …')
    .optional()
    .describe('other addresses of remote sources, such as a mirror: `NAME=URL`, separated by commas'),
  folders: z
    .string()
    .optional()
    .describe('folders whose files a schedule may ask for, and those within them, separated by commas'),
  pauseSeconds: z.coerce
    .number()
    .min(0)
    .max(3_600)
    .optional()
    .describe('time between two requests to a remote source; by default as its owner asks'),
  timeoutSeconds: z.coerce
    .number()
    .min(0.1)
    .max(600)
    .default(60)
    .describe('how long a remote source may take to answer'),
  attempts: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(7)
    .describe(
      'how often a remote source is asked for a page, at longer and longer intervals, before the collection fails',
    ),
});

export type CollectorSettings = z.output<typeof settings>;
