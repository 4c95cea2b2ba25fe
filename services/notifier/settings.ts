import { z } from 'zod';

export const settings = z.object({
  channels: z
    .string()
    .min(1)
    .optional()
    .describe(
      'a YAML file of the channels that people are told on; it holds their secrets (docs/notifications.md)',
    ),
  timeoutMs: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .describe('how long a channel may take to answer'),
  maxAgeHours: z.coerce
    .number()
    .positive()
    .default(24)
    .describe(
      'events older than that are not notified, such as those from before the notifier was first started',
    ),
});

export type NotifierSettings = z.output<typeof settings>;
