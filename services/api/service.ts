import type { FastifyInstance } from 'fastify';
import type { Service } from '../../kernel/service.ts';
import { addDeadLetterRoutes } from './routes/dead-letters.ts';
import { addEventRoutes } from './routes/events.ts';
import { addModelRoutes } from './routes/models.ts';
import { addMonitoringRoutes } from './routes/monitoring.ts';
import { addPaperRoutes } from './routes/papers.ts';
import { addPredictionRoutes } from './routes/predictions.ts';
import { addQueryRoute } from './routes/query.ts';
import { addRequestRoutes } from './routes/requests.ts';
import { addStreamRoute } from './routes/stream.ts';
import { addTrainingRoutes } from './routes/training.ts';
import { type ApiContext, type ApiSettings, settings } from './settings.ts';

/** The query service: answers from the projections, and appends what people ask for. Reacts to nothing. */
export const service: Service<ApiSettings> = {
  name: 'api',
  usesWarehouse: true,
  runs: 'everywhere',
  settings,
  reactsTo: [],
  effects: false,
  start: () => ({}),
  routes(app: FastifyInstance, context: ApiContext) {
    addPaperRoutes(app, context);
    addTrainingRoutes(app, context);
    addModelRoutes(app, context);
    addPredictionRoutes(app, context);
    addMonitoringRoutes(app, context);
    addEventRoutes(app, context);
    addStreamRoute(app, context);
    addDeadLetterRoutes(app, context);
    addRequestRoutes(app, context);
    addQueryRoute(app, context);
  },
};
