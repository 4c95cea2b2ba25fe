import { z } from 'zod';
import type { Service } from '../../schemas/catalogue.ts';
import { NAME, Projector } from './projector.ts';

const settings = z.object({
  pauseMs: z.coerce
    .number()
    .int()
    .min(0)
    .default(100)
    .describe('least time between two inserts; one event costs as much as a hundred'),
});

/** Writes every event into the projections in ClickHouse, exactly once. */
export const service: Service<z.infer<typeof settings>> = {
  name: NAME,
  usesWarehouse: true,
  runs: { shards: 4 },
  settings,
  reactsTo: '*',
  effects: false,
  start(context) {
    const projector = new Projector(context, context.settings.pauseMs);
    return {
      async restored() {
        await projector.assertSameLog();
        await projector.completeOpen();
        await projector.catchUp();
      },
      batch: () => projector.batch(),
      react: (event) => projector.redrive(event).then(() => []),
    };
  },
};
