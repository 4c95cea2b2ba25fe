import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { addEventRoutes } from './routes/events.ts';
import { addModelRoutes } from './routes/models.ts';
import { addMonitoringRoutes } from './routes/monitoring.ts';
import { addPaperRoutes } from './routes/papers.ts';
import { addPredictionRoutes } from './routes/predictions.ts';
import { addQueryRoute } from './routes/query.ts';
import { addRequestRoutes } from './routes/requests.ts';
import { addStreamRoute } from './routes/stream.ts';
import { addTrainingRoutes } from './routes/training.ts';

const settings = z.object({
  /** limits of SQL that a user sends to POST /v1/query */
  querySeconds: z.coerce.number().positive().default(10),
  queryRows: z.coerce.number().int().positive().default(10_000),
  queryMegabytes: z.coerce.number().positive().default(200),
  /** an idle stream of events shows that often that it is alive */
  heartbeatMs: z.coerce.number().int().positive().default(15_000),
});

export type ApiSettings = z.infer<typeof settings>;
export type ApiContext = ServiceContext<ApiSettings>;

/** The query service: answers from the projections, and appends what people ask for. Reacts to nothing. */
export const service: Service<ApiSettings> = {
  name: 'api',
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
    addRequestRoutes(app, context);
    addQueryRoute(app, context);
  },
};
