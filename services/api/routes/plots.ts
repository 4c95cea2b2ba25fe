import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { driftHistogram, driftMap, titleOf } from '../../../ml/drift/plots.ts';
import { type DriftWindow, driftReport } from '../../../ml/drift/report.ts';
import type { Plot } from '../../../ml/plots/plot.ts';
import { plotsOf } from '../../../ml/report/plots.ts';
import { parseFindings } from '../../../ml/report/subject.ts';
import { dossierOf } from '../../../schemas/models/dossier.ts';
import { lineageOfRun } from '../../../schemas/models/lineage.ts';
import { bytesAs, conditional } from '../downloads.ts';
import { assertModelKnown, notFound, notListed } from '../found.ts';
import { PLOT_MEDIA, plotFormat, sent } from '../plots.ts';
import type { ApiContext } from '../settings.ts';

const named = z.object({ name: z.string(), title: z.string() });
const plotList = z.object({ items: z.array(named) }).meta({ id: 'RunPlots' });
const windows = z.coerce.number().int().min(1).max(200).default(40).describe('the last so many windows');

/** Plots of runs and of drift, the same as in reports: as SVG, and as the numbers that they show. */
export function addRoutes(app: FastifyInstance, { query, artifacts, events }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  /** NOT_FOUND when there is no such run. */
  async function plotsOfRun(runId: string): Promise<Plot[]> {
    const lineage = await lineageOfRun(events, runId);
    if (!lineage) throw await notListed(query, 'run', runId);
    const report = lineage.evaluation?.data.report ?? null;
    const findings = report === null ? {} : parseFindings(await artifacts.get(report));
    return plotsOf(dossierOf(lineage), findings);
  }

  /** The last windows of a model, the oldest first. NOT_FOUND when there is no such model. */
  async function windowsOf(model: string, version: string | undefined, limit: number) {
    const params = { model, version: version ?? null, limit };
    const found = await query<DriftWindow>('drift/windows', params);
    if (found.length === 0) await assertModelKnown(query, model);
    return driftReport(model, found).windows;
  }

  const errors = ['NOT_FOUND', 'ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACTS_UNAVAILABLE'] as const;
  routes.get(
    '/v1/runs/:runId/plots',
    {
      config: { errors },
      schema: {
        operationId: 'listRunPlots',
        summary: 'Which plots there are of a run',
        tags: ['training'],
        params: z.object({ runId: lookup }),
        response: { 200: plotList },
      },
    },
    async ({ params: { runId } }) => ({
      items: (await plotsOfRun(runId)).map(({ name, title }) => ({ name, title })),
    }),
  );

  routes.get(
    '/v1/runs/:runId/plots/:plot',
    {
      config: { errors },
      schema: {
        operationId: 'getRunPlot',
        summary: 'A plot of a run: learning curves, confusion matrix, ROC, precision and recall, reliability',
        tags: ['training'],
        params: z.object({ runId: lookup, plot: lookup }),
        querystring: z.strictObject({ format: plotFormat }),
        headers: conditional,
        response: bytesAs(...PLOT_MEDIA),
      },
    },
    async (request, reply) => {
      const { runId, plot } = request.params;
      const all = await plotsOfRun(runId);
      const found = all.find(({ name }) => name === plot);
      const names = all.map(({ name }) => name);
      if (!found) throw notFound(`plot of the run ${runId}`, plot, names);
      return sent(found, request.query.format, request, reply);
    },
  );

  routes.get(
    '/v1/models/:model/drift/map',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getDriftMap',
        summary: 'The PSI of each feature in the last windows of predictions, as a heat map',
        tags: ['monitoring'],
        params: z.object({ model: lookup }),
        querystring: z.strictObject({ format: plotFormat, version: lookup.optional(), limit: windows }),
        headers: conditional,
        response: bytesAs(...PLOT_MEDIA),
      },
    },
    async (request, reply) => {
      const { version, limit, format: wanted } = request.query;
      const plot = driftMap(await windowsOf(request.params.model, version, limit));
      return sent(plot, wanted, request, reply);
    },
  );

  routes.get(
    '/v1/models/:model/drift/histogram',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getDriftHistogram',
        summary: 'A feature in the reference and in a window of predictions, bin by bin',
        tags: ['monitoring'],
        params: z.object({ model: lookup }),
        querystring: z.strictObject({
          format: plotFormat,
          eventId: lookup.describe('of the window: the id of its DriftMeasured'),
          feature: lookup,
          slice: lookup.default('').describe('column=value; empty: all predictions'),
        }),
        headers: conditional,
        response: bytesAs(...PLOT_MEDIA),
      },
    },
    async (request, reply) => {
      const { model } = request.params;
      const { eventId, feature, slice, format: wanted } = request.query;
      const [window] = driftReport(
        model,
        await query<DriftWindow>('drift/window', { model, eventId }),
      ).windows;
      if (!window) {
        await assertModelKnown(query, model);
        const last = await windowsOf(model, undefined, SUGGESTED);
        throw notFound(
          `window of ${model}`,
          eventId,
          last.map((one) => one.eventId),
        );
      }
      const own = window.features.find((one) => one.feature === feature && one.slice === slice);
      const plot = own && driftHistogram(own);
      if (plot) return sent(plot, wanted, request, reply);
      const drawn = window.features.filter(({ bins }) => bins.length > 0).map(titleOf);
      throw notFound(`histogram in the window ${eventId}`, titleOf({ feature, slice }), drawn);
    },
  );
}

/** windows that are named where another one is asked for */
const SUGGESTED = 5;
