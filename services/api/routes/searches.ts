import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { declaration, hyperparameter, identifier, lookup, reason } from '../../../kernel/texts.ts';
import { PLOTS } from '../../../ml/search/plots/plots.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { bytesAs, conditional } from '../downloads.ts';
import { notListed } from '../found.ts';
import { addList } from '../lists.ts';
import { PLOT_MEDIA, plotFormat, sent } from '../plots.ts';
import { importanceIn, plotOf, shownIn, studyOf } from '../search-study.ts';
import type { ApiContext } from '../settings.ts';

const metrics = z.record(z.string(), z.number());
const params = z.record(z.string(), hyperparameter);

const FILE = `model: account-health
max_evals: 20
space:
  learningRate: { type: log_float, low: 0.01, high: 0.5 }
`;

const request = z
  .strictObject({
    searchId: identifier.optional().describe('left out: a new one'),
    file: declaration.describe('the whole search file, YAML'),
    datasetId: identifier.nullable().default(null).describe('null: the newest dataset of the model'),
    train: z.boolean().default(false).describe('whether the model is trained with the best afterwards'),
    reason: reason.default('asked for over HTTP'),
    requestedBy: identifier.default('api'),
  })
  .meta({ id: 'SearchRequest', example: { searchId: 'account-health-s1', file: FILE } });

const end = z
  .strictObject({ reason: reason.default('asked for over HTTP'), requestedBy: identifier.default('api') })
  .meta({ id: 'SearchStopRequest', example: { reason: 'good enough' } });

const adoption = z
  .strictObject({ reason: reason.default('asked for over HTTP'), requestedBy: identifier.default('api') })
  .meta({ id: 'AdoptionRequest', example: { reason: 'better on the validation split' } });

const status = z.enum(['running', 'completed']);

const listed = z
  .object({
    searchId: z.string(),
    status,
    model: z.string().nullable(),
    engine: z.string().nullable(),
    datasetId: z.string().nullable(),
    metric: z.string().nullable().describe('the objective, on the validation split'),
    direction: z.string().nullable().describe('minimize or maximize'),
    outcome: z
      .string()
      .nullable()
      .describe('trials, exhausted, time_limit, stopped or failures; null while it runs'),
    best: z.number().nullable().describe('trial with the best value'),
    value: z.number().nullable().describe('of the objective in that trial'),
    completed: z.number().nullable(),
    pruned: z.number().nullable(),
    failed: z.number().nullable(),
    reason: z.string().nullable(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'SearchItem' });

const trial = z.object({
  trial: z.number().describe('from 1'),
  status: z.enum(['running', 'completed', 'pruned', 'failed']),
  runId: z.string().nullable(),
  params: params.describe('hyperparameters that are searched'),
  step: z.number().nullable().describe('epoch at which it was pruned'),
  value: z.number().nullable().describe('of the objective'),
  metrics: metrics.describe('on the validation split'),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

const search = listed
  .extend({
    task: z.string().nullable(),
    settings: z.record(z.string(), z.unknown()).describe('the search file, defaults filled in'),
    params: params.describe('hyperparameters of the best trial; empty until the search has ended'),
    requestedBy: z.string().nullable(),
    trials: z.array(trial),
    shown: z
      .object({ low: z.number(), high: z.number() })
      .nullable()
      .describe(
        'ends of the axis of the objective in plots, without outliers on the worse side; null before a trial is completed',
      ),
    importance: z
      .array(z.object({ name: z.string(), share: z.number().describe('of 1') }))
      .describe('how much each hyperparameter decides (PED-ANOVA); empty before two trials are completed'),
  })
  .meta({ id: 'Search' });

/** Hyperparameters are JSON in the projection. */
type InJson<T> = Omit<T, 'params'> & { params: Readonly<Record<string, string>> };
type SearchRow = InJson<Omit<z.infer<typeof search>, 'trials' | 'settings' | 'importance' | 'shown'>> & {
  settings: string;
};

const parsed = (values: Readonly<Record<string, string>>): z.infer<typeof params> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.parse(value)]));

/** Searches for hyperparameters: started, stopped, and shown with their trials. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, clock } = context;
  const accept = acceptIn(context);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND', 'INPUT_INVALID'] } as const;
  const path = z.object({ searchId: lookup });

  routes.post(
    '/v1/searches',
    {
      config,
      schema: {
        operationId: 'requestSearch',
        summary: 'Ask for the hyperparameters of a model to be searched',
        tags: ['requests'],
        body: request,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const searchId = body.searchId ?? headers['idempotency-key'] ?? newId(clock.now());
      return accept(newEvent('SearchRequested', { ...body, searchId }), headers, reply);
    },
  );

  routes.post(
    '/v1/searches/:searchId/stop',
    {
      config,
      schema: {
        operationId: 'stopSearch',
        summary: 'Ask for a search to end: its trials are cancelled, the best until then stays',
        tags: ['requests'],
        params: z.object({ searchId: identifier }),
        body: end,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { searchId }, body, headers }, reply) =>
      accept(newEvent('SearchStopRequested', { searchId, ...body }), headers, reply),
  );

  routes.post(
    '/v1/searches/:searchId/adopt',
    {
      config,
      schema: {
        operationId: 'adoptSearch',
        summary:
          'Ask for the best hyperparameters of a search to be adopted, if they are better on the test split',
        tags: ['requests'],
        params: z.object({ searchId: identifier }),
        body: adoption,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { searchId }, body, headers }, reply) =>
      accept(newEvent('AdoptionRequested', { searchId, ...body }), headers, reply),
  );

  addList(app, query, {
    url: '/v1/searches',
    operationId: 'listSearches',
    summary: 'Searches for hyperparameters, the newest first',
    tags: ['training'],
    query: 'searches/list',
    filters: { model: lookup.optional(), status: status.optional() },
    item: listed,
    key: ['startedAt', 'searchId'],
  });

  routes.get(
    '/v1/searches/:searchId',
    {
      schema: {
        operationId: 'getSearch',
        summary: 'A search with its trials, in their order',
        tags: ['training'],
        params: path,
        response: { 200: search },
      },
    },
    async ({ params: { searchId } }) => {
      const found = await foundSearch(searchId);
      const study = studyOf(found, found.trials);
      return { ...found, shown: shownIn(study), importance: importanceIn(study) };
    },
  );

  routes.get(
    '/v1/searches/:searchId/plots/:plot',
    {
      config: { errors: ['CONFLICT'] },
      schema: {
        operationId: 'getSearchPlot',
        summary: 'A plot of a search: history, importance, parallel coordinates, slices or contour',
        tags: ['training'],
        params: z.object({ searchId: lookup, plot: z.enum(Object.keys(PLOTS)) }),
        querystring: z.strictObject({ format: plotFormat }),
        headers: conditional,
        response: bytesAs(...PLOT_MEDIA),
      },
    },
    async (request, reply) => {
      const { searchId, plot } = request.params;
      const found = await foundSearch(searchId);
      const study = studyOf(found, found.trials);
      const text = plotOf(study, plot, request.query.format);
      const drawn = { name: plot, title: plot, svg: () => text, csv: () => text };
      return sent(drawn, request.query.format, request, reply);
    },
  );

  async function foundSearch(searchId: string) {
    const [found] = await query<SearchRow>('searches/by-id', { searchId });
    if (!found) throw await notListed(query, 'search', searchId);
    const trials = await query<InJson<z.infer<typeof trial>>>('searches/trials', { searchId });
    return {
      ...found,
      settings: JSON.parse(found.settings),
      params: parsed(found.params),
      trials: trials.map((each) => ({ ...each, params: parsed(each.params) })),
    };
  }
}
