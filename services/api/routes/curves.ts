import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { linePlot } from '../../../ml/plots/charts.ts';
import { bytesAs, conditional, download } from '../downloads.ts';
import { notListed } from '../found.ts';
import type { ApiContext } from '../settings.ts';

const MOST_RUNS = 20;
const MOST_METRICS = 10;

const metric = z
  .object({
    metric: z.string().describe('`training loss`, `validation NAME`, or as a tracking client calls it'),
    points: z.number(),
    first: z.number().describe('step'),
    last: z.number().describe('step'),
    least: z.number().nullable(),
    most: z.number().nullable(),
    value: z.number().nullable().describe('at the last step'),
  })
  .meta({ id: 'RunMetric' });

const numbers = z.array(z.number().nullable());
const curves = z
  .object({
    width: z.number().describe('steps of a bucket; 1: each value is its own'),
    curves: z.array(
      z.object({
        runId: z.string(),
        metric: z.string(),
        values: z.number().describe('of the metric in these steps'),
        missing: z.number().describe('of them, what is no finite number'),
        steps: z.array(z.number()).describe('the first of each bucket; a bucket without a value is left out'),
        least: numbers,
        most: numbers,
        mean: numbers,
      }),
    ),
  })
  .meta({ id: 'Curves' });

/** One text or several of a query string. */
const several = (most: number) => z.preprocess((given) => [given].flat(), z.array(lookup).min(1).max(most));
const step = z.coerce.number().int().safe();
const wanted = z.strictObject({
  run: several(MOST_RUNS).describe(`one, or up to ${MOST_RUNS} beside each other: \`run=A&run=B\``),
  metric: several(MOST_METRICS).describe(`one, or up to ${MOST_METRICS}`),
  from: step.optional().describe('step'),
  to: step.optional().describe('step'),
  points: z.coerce.number().int().min(1).max(5_000).default(1_000).describe('at most so many buckets'),
});

type Wanted = z.infer<typeof wanted>;

interface Bucket {
  runId: string;
  metric: string;
  step: number;
  least: number | null;
  most: number | null;
  mean: number | null;
  values: number;
  missing: number;
  bucket: number;
}

/** Learning curves of any length: buckets keep the extremes of what they hold. */
export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['training'];

  routes.get(
    '/v1/runs/:runId/metrics',
    {
      schema: {
        operationId: 'listRunMetrics',
        summary: 'Which learning curves a run has, at most a thousand',
        tags,
        params: z.object({ runId: lookup }),
        response: { 200: z.object({ items: z.array(metric) }).meta({ id: 'RunMetrics' }) },
      },
    },
    async ({ params }) => {
      const items = await query<z.infer<typeof metric>>('runs/metrics', params);
      if (items.length === 0) await assertRun(params.runId);
      return { items };
    },
  );

  routes.get(
    '/v1/curves',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getCurves',
        summary: 'Metrics of runs over steps, in buckets that keep their extremes',
        tags,
        querystring: wanted,
        response: { 200: curves },
      },
    },
    async ({ query: asked }) => curvesOf(asked),
  );

  routes.get(
    '/v1/curves/plot',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getCurvesPlot',
        summary: 'The same as a picture: the mean of each bucket',
        tags,
        querystring: wanted,
        headers: conditional,
        response: bytesAs('image/svg+xml'),
      },
    },
    async (request, reply) => {
      const { curves: all } = await curvesOf(request.query);
      const title = request.query.metric.join(', ');
      const series = all.map(({ runId, metric: of, steps, mean }) => ({
        name: [request.query.run.length > 1 && runId, request.query.metric.length > 1 && of]
          .filter(Boolean)
          .join(' '),
        points: steps.map((at, i) => [at, mean[i] ?? Number.NaN] as const),
      }));
      const svg = linePlot('curves', { title, x: 'step', y: 'value', series }).svg();
      const bytes = Buffer.from(svg);
      return download({ bytes, digest: hash('sha256', bytes), type: 'image/svg+xml' }, request, reply);
    },
  );

  async function curvesOf({ run: runIds, metric: metrics, points, ...steps }: Wanted) {
    const within = { from: steps.from ?? null, to: steps.to ?? null };
    const buckets = await query<Bucket>('runs/curves', { runIds, metrics, ...within, points });
    const known = new Set(buckets.map(({ runId }) => runId));
    for (const runId of runIds) if (!known.has(runId)) await assertRun(runId);
    const own = Map.groupBy(buckets, ({ runId, metric: of }) => JSON.stringify([runId, of]));
    const sum = (all: readonly Bucket[], of: 'values' | 'missing') =>
      all.reduce((total, bucket) => total + bucket[of], 0);
    return {
      width: buckets[0]?.bucket ?? 1,
      curves: [...own.values()].map((all) => ({
        ...{ runId: all[0]!.runId, metric: all[0]!.metric },
        ...{ values: sum(all, 'values'), missing: sum(all, 'missing') },
        steps: all.map((bucket) => bucket.step),
        least: all.map(({ least }) => least),
        most: all.map(({ most }) => most),
        mean: all.map(({ mean }) => mean),
      })),
    };
  }

  /** NOT_FOUND unless there is such a run; it may have no such metric. */
  async function assertRun(runId: string): Promise<void> {
    const [found] = await query('runs/by-id', { runId });
    if (!found) throw await notListed(query, 'run', runId);
  }
}
