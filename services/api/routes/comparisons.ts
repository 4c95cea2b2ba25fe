import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import type { EvaluationCompleted } from '../../../schemas/events.generated.ts';
import { type Comparison, comparisonOf, costsCompared, metricsCompared } from '../comparison/comparison.ts';
import { plotsOf } from '../comparison/plots.ts';
import { bytesAs, conditional } from '../downloads.ts';
import { assertModelKnown, notFound, versionOf } from '../found.ts';
import { addList } from '../lists.ts';
import { policyOf } from '../logged-models.ts';
import { PLOT_MEDIA, plotFormat, sent } from '../plots.ts';
import type { ApiContext } from '../settings.ts';

const listed = z
  .object({
    baseline: z.string().describe('the version that was there'),
    candidate: z.string().describe('the version that would replace it'),
    evaluationId: z.string(),
    datasetId: z.string().nullable().describe('whose test split both answered; null: records of their own'),
    data: z.string().nullable().describe('artifact of those records'),
    samples: z.number(),
    primaryMetric: z.string(),
    value: z.number().describe('of the candidate, by the primary metric'),
    baselineValue: z.number(),
    time: z.string(),
    eventId: z.string(),
  })
  .meta({ id: 'ComparisonItem' });

const row = z.object({
  name: z.string(),
  unit: z.string().describe('fraction, nats, target, MB, ms; empty where it is not known'),
  baseline: z.number().nullable().describe('null: it was not measured'),
  candidate: z.number(),
  difference: z.number().nullable(),
  verdict: z.enum(['better', 'worse']).nullable().describe('null: equal, or nothing says which is better'),
});

const comparison = z
  .object({
    model: z.string(),
    baseline: z.string(),
    candidate: z.string(),
    verdict: z.object({
      outcome: z.enum(['PROMOTE', 'REJECT', 'INCONCLUSIVE']),
      reasons: z.array(z.string()).readonly(),
    }),
    policyVersion: z.number().describe('of the policy in force, by which it is judged; 0: the default'),
    source: z.string().describe('what the samples are'),
    samples: z.number(),
    primaryMetric: z.string(),
    metrics: z.array(row),
    costs: z.array(row).describe('size, memory, latency: of a machine, so nothing is better or worse'),
    tests: z
      .array(
        z.object({
          name: z.enum(['McNemar', 'paired z']),
          metric: z.string(),
          improvement: z.number().describe('in the unit of the metric; above 0 the candidate is better'),
          interval: z.array(z.number()).readonly().describe('95 % interval of the improvement'),
          pValue: z.number().describe('two-sided'),
          discordance: z
            .object({ better: z.number(), worse: z.number(), samples: z.number() })
            .nullable()
            .describe('samples that only the candidate has right, and only the baseline'),
        }),
      )
      .readonly(),
    gates: z
      .array(
        z.object({
          metric: z.string(),
          rule: z.string(),
          value: z.number().nullable(),
          comparison: z.string(),
          threshold: z.number().nullable(),
          unit: z.string(),
          level: z.string(),
          passed: z.boolean(),
          reason: z.string(),
        }),
      )
      .readonly()
      .describe('for production'),
    plots: z.array(z.object({ name: z.string(), title: z.string() })),
    evaluationId: z.string(),
    time: z.string(),
    eventId: z.string(),
  })
  .meta({ id: 'Comparison' });

interface Measured extends z.infer<typeof listed> {
  topic: string;
  partition: number;
  offset: number;
}

/** What `epochlog compare` says, of all that was measured beside another version. */
export function addRoutes(app: FastifyInstance, { query, events }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['models'];
  const ofModel = z.object({ model: lookup });
  const ofPair = ofModel.extend({ baseline: lookup, candidate: lookup });
  const chosen = z.strictObject({
    evaluationId: lookup.optional().describe('of several of the pair; default: the newest'),
  });
  const url = '/v1/models/:model/comparisons/:baseline/:candidate';

  async function found(pair: z.infer<typeof ofPair>, { evaluationId }: z.infer<typeof chosen>) {
    const { model, baseline, candidate } = pair;
    const named = { evaluationId: evaluationId ?? null, version: null };
    const asked = { model, baseline, candidate, ...named, after: [], limit: 1 };
    const [measured] = await query<Measured>('evaluations/comparisons', asked);
    if (!measured) throw await notCompared(pair);
    const { topic, partition, offset } = measured;
    const [event] = await query<{ data: string }>('audit/data', { topic, partition, offset });
    if (!event)
      throw new EpochlogError('NOT_FOUND', `the event ${measured.eventId} is not there yet: ask again`);
    const evaluation: EvaluationCompleted = JSON.parse(event.data);
    const { policy } = await policyOf(events, model);
    const source =
      measured.datasetId === null ? 'records of their own' : `the test split of ${measured.datasetId}`;
    const it = comparisonOf({ model, baseline, candidate, source }, evaluation, policy.promotion);
    return { measured, it, policyVersion: policy.version };
  }

  async function notCompared({ model, baseline, candidate }: z.infer<typeof ofPair>) {
    await versionOf(query, model, baseline);
    await versionOf(query, model, candidate);
    return new EpochlogError(
      'NOT_FOUND',
      `${candidate} was not measured beside ${baseline}: npx epochlog compare ${baseline} ${candidate} --model ${model} does it`,
    );
  }

  addList(app, query, {
    url: '/v1/models/:model/comparisons',
    operationId: 'listComparisons',
    summary: 'Which versions of a model were measured beside which, on the same samples, the newest first',
    tags,
    query: 'evaluations/comparisons',
    path: ofModel,
    assertFound: ({ model }) => assertModelKnown(query, String(model)),
    filters: {
      version: lookup.optional().describe('in either role'),
      baseline: lookup.optional(),
      candidate: lookup.optional(),
      evaluationId: lookup.optional(),
    },
    item: listed,
    key: ['time', 'evaluationId', 'eventId'],
  });

  routes.get(
    url,
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getComparison',
        summary: 'Whether a version should replace another, and why: metrics, costs, paired tests, gates',
        tags,
        params: ofPair,
        querystring: chosen,
        response: { 200: comparison },
      },
    },
    async ({ params, query: asked }) => {
      const { measured, it, policyVersion } = await found(params, asked);
      return { ...told(it), policyVersion, ...positionOf(measured) };
    },
  );

  routes.get(
    `${url}/plots/:plot`,
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getComparisonPlot',
        summary: 'A plot of a comparison: improvements with their intervals, or the metrics of both',
        tags,
        params: ofPair.extend({ plot: lookup }),
        querystring: chosen.extend({
          format: plotFormat,
        }),
        headers: conditional,
        response: bytesAs(...PLOT_MEDIA),
      },
    },
    async (request, reply) => {
      const { plot: name, ...pair } = request.params;
      const { format, ...asked } = request.query;
      const plots = plotsOf((await found(pair, asked)).it);
      const plot = plots.find((one) => one.name === name);
      const names = plots.map((one) => one.name);
      if (!plot) throw notFound('plot of this comparison', name, names);
      return sent(plot, format, request, reply);
    },
  );
}

const told = (it: Comparison) => ({
  ...{ model: it.model, baseline: it.baseline, candidate: it.candidate, source: it.source },
  ...{ verdict: it.verdict, tests: it.tests, gates: it.gates },
  samples: it.evaluation.samples,
  primaryMetric: it.evaluation.primaryMetric,
  metrics: metricsCompared(it.evaluation),
  costs: costsCompared(it.evaluation),
  plots: plotsOf(it).map(({ name, title }) => ({ name, title })),
});

const positionOf = ({ evaluationId, time, eventId }: Measured) => ({ evaluationId, time, eventId });
