import { z } from 'zod';
import type { Service } from '../../kernel/service.ts';
import { NAME, Projector } from './projector.ts';

const settings = z.object({
  /** an insert costs the same for one event as for a hundred: the least time between two */
  pauseMs: z.coerce.number().int().min(0).default(100),
});

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
      async recalled() {
        await projector.assertSameLog();
        await projector.finish();
        await projector.catchUp();
      },
      project: (batch, leftOut) => projector.project(batch, leftOut),
      react: (event) => projector.takeAgain(event).then(() => []),
    };
  },
};
