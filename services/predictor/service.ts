import type { FastifyInstance } from 'fastify';
import { EpochlogError } from '../../kernel/errors.ts';
import { type LoggedEvent, reactorService } from '../../schemas/catalogue.ts';
import { DEPLOYMENT_FACTS } from '../../schemas/deployments/running.ts';
import { EXPERIMENT_FACTS } from '../../schemas/experiments/running.ts';
import { PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { addProtocolRoutes } from './inference-protocol/routes.ts';
import { Predictor } from './predictor.ts';
import { REPORTS } from './reports.ts';
import { addRoutes } from './routes.ts';
import { settings } from './settings.ts';

/** What decides which versions answer. */
const FOLLOWED = [...PRODUCTION_FACTS, ...DEPLOYMENT_FACTS, ...EXPERIMENT_FACTS] as const;

/** Serves what is in production over HTTP. A version answers once it is loaded and warm, and not before. */
export function createPredictor() {
  let running: Predictor | undefined;
  const predictor = () => {
    if (running) return running;
    throw new EpochlogError('MODEL_LOADING', 'the predictor is starting; ask again soon');
  };

  return reactorService({
    name: 'predictor',
    runs: 'everywhere',
    usesSpool: true,
    settings,
    reactsTo: FOLLOWED,
    stateFrom: [...FOLLOWED, 'VersionRegistered', 'PolicyChanged', ...REPORTS],
    start(context) {
      const starting = new Predictor(context);
      const { deployment, policies, guard } = starting;
      const follow = async (event: LoggedEvent<(typeof FOLLOWED)[number]>) => {
        deployment.evolve(event);
        await deployment.follow(event.data.model);
        return [];
      };
      return {
        evolve(event) {
          deployment.evolve(event);
          policies.evolve(event);
          guard.evolve(event);
        },
        async restored() {
          await deployment.followAll();
          running = starting;
        },
        on: {
          VersionPromoted: follow,
          VersionRolledBack: follow,
          ModelRetired: follow,
          DeploymentStarted: follow,
          TrafficShifted: follow,
          DeploymentCompleted: follow,
          DeploymentRolledBack: follow,
          ExperimentStarted: follow,
          ExperimentConcluded: follow,
          ExperimentStopped: follow,
        },
        async stop() {
          running = undefined;
          await starting.stop();
        },
      };
    },
    async routes(app: FastifyInstance, context) {
      addRoutes(app, context, predictor);
      await app.register((scope) => addProtocolRoutes(scope, context, predictor));
    },
  });
}

/** Answers predictions over HTTP with the version in production, once it is loaded and warm; takes true labels in. */
export const service = createPredictor();
