import { z } from 'zod';

export const settings = z.object({
  checkpointSeconds: z.coerce
    .number()
    .min(0)
    .default(30)
    .describe('time between two checkpoints of a training; 0 for one after each epoch'),
});

export type TrainerSettings = z.infer<typeof settings>;
