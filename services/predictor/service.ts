import { EpochlogError } from '../../kernel/errors.ts';
import { reactorService } from '../../kernel/service.ts';
import { Predictor } from './predictor.ts';
import { type Production, ProductionHistory } from './production.ts';
import { addRoutes } from './routes.ts';
import { settings } from './settings.ts';

const CHANGES = ['VersionPromoted', 'VersionRolledBack'] as const;

/** Serves what is in production over HTTP. A version answers once it is loaded and warm, and not before. */
export function createPredictor() {
  let running: Predictor | undefined;
  const predictor = () => {
    if (running) return running;
    throw new EpochlogError('MODEL_NOT_READY', 'the predictor is starting; ask again soon');
  };

  return reactorService({
    name: 'predictor',
    runs: 'everywhere',
    settings,
    reactsTo: CHANGES,
    remembers: CHANGES,
    start(context) {
      const history = new ProductionHistory();
      const starting = new Predictor(context);
      const serve = async ({ data, sequence }: { data: Production; sequence: number }) => {
        if (!history.isPast({ ...data, sequence })) await starting.serve(data);
        return [];
      };
      return {
        evolve(event) {
          const { type, data, sequence } = event;
          if (type === 'VersionPromoted' || type === 'VersionRolledBack') history.add({ ...data, sequence });
        },
        async recalled() {
          await starting.serveLatest(history);
          running = starting;
        },
        on: { VersionPromoted: serve, VersionRolledBack: serve },
        async stop() {
          running = undefined;
          await starting.stop();
        },
      };
    },
    routes: (app, context) => addRoutes(app, context, predictor),
  });
}

export const service = createPredictor();
