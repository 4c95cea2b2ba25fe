import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { reportPage } from '../../../ml/report/page.ts';
import { parseFindings } from '../../../ml/report/subject.ts';
import { dossierOf } from '../../../schemas/models/dossier.ts';
import { lineageOfRun } from '../../../schemas/models/lineage.ts';
import { bytesAs, conditional, download } from '../downloads.ts';
import { notListed } from '../found.ts';
import { Importances } from '../importance.ts';
import type { ApiContext } from '../settings.ts';

const HTML = 'text/html';

/** A run as a page. */
export function addRoutes(app: FastifyInstance, { query, artifacts, events }: ApiContext): void {
  const importances = new Importances({ artifacts, events });
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/runs/:runId/report',
    {
      config: { errors: ['NOT_FOUND', 'ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACTS_UNAVAILABLE'] },
      schema: {
        operationId: 'getRunReport',
        summary:
          'A page about a run: configuration, environment, curves, metrics, plots, mistakes, explanations',
        tags: ['training'],
        params: z.object({ runId: lookup }),
        headers: conditional,
        response: bytesAs(HTML),
      },
    },
    async (request, reply) => {
      const { runId } = request.params;
      const lineage = await lineageOfRun(events, runId);
      if (!lineage) throw await notListed(query, 'run', runId);
      const report = lineage.evaluation?.data.report ?? null;
      const findings = report === null ? {} : parseFindings(await artifacts.get(report));
      const digest = lineage.completed?.data.package;
      const isThere = digest !== undefined && (await artifacts.has(digest)); // that of a trial may be deleted
      const importance = isThere ? await importances.of(digest) : null;
      const bytes = Buffer.from(reportPage(dossierOf(lineage), findings, importance));
      const file = { bytes, digest: hash('sha256', bytes), type: `${HTML}; charset=utf-8` };
      return download(file, request, reply);
    },
  );
}
