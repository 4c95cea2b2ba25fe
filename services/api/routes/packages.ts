import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { filesOfBundle, getBundle } from '../../../kernel/bundle.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import { InvalidInput, InvalidPackage } from '../../../ml/errors.ts';
import { huggingFaceExport } from '../../../ml/hugging-face/export.ts';
import { MODEL_CARD_FILE } from '../../../ml/package/model-card.ts';
import type { PackageFiles } from '../../../ml/package/sums.ts';
import { registryCard, registryCardPage } from '../../../ml/report/card.ts';
import { type ImpactRow, toldImpact } from '../../../ml/report/impact.ts';
import { reportPage } from '../../../ml/report/page.ts';
import { parseFindings } from '../../../ml/report/subject.ts';
import { PRODUCTION } from '../../../schemas/deployments/running.ts';
import { dossierOf } from '../../../schemas/models/dossier.ts';
import { lineageOfVersion } from '../../../schemas/models/lineage.ts';
import { mediaType } from '../accept-header.ts';
import { bytesAs, conditional, download } from '../downloads.ts';
import { notFound, versionOf } from '../found.ts';
import { Importances } from '../importance.ts';
import type { ApiContext } from '../settings.ts';
import { tarOf } from '../tar.ts';

const [MARKDOWN, HTML] = ['text/markdown', 'text/html'] as const;
const SUMS = 'SHA256SUMS';

const packageFiles = z
  .object({
    model: z.string(),
    version: z.string(),
    package: z.string().describe('digest of its SHA256SUMS, which prove every byte'),
    files: z.array(
      z.object({ name: z.string(), digest: z.string(), url: z.string().describe('where it is downloaded') }),
    ),
    archive: z.string().describe('where all of them are downloaded, as one tar'),
  })
  .meta({ id: 'Package' });

const params = z.object({ model: lookup, version: lookup });
const config = { errors: ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACTS_UNAVAILABLE'] } as const;

/** What a version is served from: its package, and the model card in it. */
export function addRoutes(app: FastifyInstance, { query, artifacts, events }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const importances = new Importances({ artifacts, events });
  const tags = ['models'];
  const url = '/v1/models/:model/versions/:version';

  async function digestOf({ model, version }: z.infer<typeof params>): Promise<string> {
    const found = await versionOf<{ version: string; package: string | null }>(query, model, version);
    if (found.package !== null) return found.package;
    throw new EpochlogError('NOT_FOUND', `${version} of ${model} was never registered: it has no package`);
  }

  async function fileOf(about: z.infer<typeof params>, name: string) {
    const sums = await artifacts.get(await digestOf(about));
    const files = filesOfBundle(sums);
    const file = files.find((file) => file.name === name);
    if (file) return { bytes: await artifacts.get(file.digest), digest: file.digest };
    throw notFound(`file in the package of ${about.version}`, name, [SUMS, ...files.map(({ name }) => name)]);
  }

  /** What the log and the last evaluation say of a version. */
  async function dossier({ model, version }: z.infer<typeof params>) {
    const lineage = await lineageOfVersion(events, model, version);
    if (!lineage) throw new EpochlogError('NOT_FOUND', `${version} of ${model} was never registered`);
    const report = lineage.evaluation?.data.report ?? null;
    const findings = report === null ? {} : parseFindings(await artifacts.get(report));
    return { subject: dossierOf(lineage), findings };
  }

  /** Its ETag is of the text: it changes with the log. */
  function text(content: string, type: string, request: FastifyRequest, reply: FastifyReply) {
    const bytes = Buffer.from(content);
    return download({ bytes, digest: hash('sha256', bytes), type: `${type}; charset=utf-8` }, request, reply);
  }

  routes.get(
    `${url}/report`,
    {
      config,
      schema: {
        operationId: 'getVersionReport',
        summary:
          'A page about a version: configuration, curves, metrics, plots, mistakes, explanations, decisions',
        tags,
        params,
        headers: conditional,
        response: bytesAs(HTML),
      },
    },
    async (request, reply) => {
      const digest = await digestOf(request.params);
      const importance = (await artifacts.has(digest)) ? await importances.of(digest) : null; // it may have expired
      const { subject, findings } = await dossier(request.params);
      const { model, version } = request.params;
      const rows = await query<ImpactRow>('quality/impact', {
        ...{ model, environment: PRODUCTION, days: 30, limit: 100, after: [] },
      });
      const impact = rows.map(toldImpact).filter((one) => [one.version, one.before].includes(version));
      return text(reportPage({ ...subject, impact }, findings, importance), HTML, request, reply);
    },
  );

  for (const [extension, fixed, operationId] of [
    ['', undefined, 'getModelCard'],
    ['.md', MARKDOWN, 'getModelCardAsMarkdown'],
    ['.html', HTML, 'getModelCardAsHtml'],
  ] as const) {
    routes.get(
      `${url}/card${extension}`,
      {
        config,
        schema: {
          operationId,
          summary: fixed
            ? `The model card of a version, as ${fixed}`
            : 'The model card of a version, by `Accept` Markdown or HTML',
          tags,
          params,
          headers: conditional,
          response: fixed ? bytesAs(fixed) : bytesAs(MARKDOWN, HTML),
        },
      },
      async (request, reply) => {
        const { bytes } = await fileOf(request.params, MODEL_CARD_FILE);
        const type = fixed ?? mediaType(request.headers.accept, [MARKDOWN, HTML]);
        if (!fixed) reply.header('vary', 'accept');
        const { subject, findings } = await dossier(request.params);
        const card = type === MARKDOWN ? registryCard : registryCardPage;
        return text(card(subject, findings, Buffer.from(bytes).toString('utf8')), type, request, reply);
      },
    );
  }

  routes.get(
    `${url}/package`,
    {
      config,
      schema: {
        operationId: 'getPackage',
        summary: 'The files of the package that a version is served from',
        tags,
        params,
        response: { 200: packageFiles },
      },
    },
    async ({ params: about }) => {
      const digest = await digestOf(about);
      const [model, version] = [about.model, about.version].map(encodeURIComponent);
      const base = `/v1/models/${model}/versions/${version}/package`;
      const files = [{ name: SUMS, digest }, ...filesOfBundle(await artifacts.get(digest))];
      return {
        ...about,
        package: digest,
        files: files.map((file) => ({ ...file, url: `${base}/${encodeURIComponent(file.name)}` })),
        archive: `${base}.tar`,
      };
    },
  );

  routes.get(
    `${url}/package.tar`,
    {
      config,
      schema: {
        operationId: 'downloadPackage',
        summary:
          'Download the package of a version as one tar: `sha256sum -c SHA256SUMS` proves what is in it',
        tags,
        params,
        headers: conditional,
        response: bytesAs('application/x-tar'),
      },
    },
    async (request, reply) => {
      const digest = await digestOf(request.params);
      const bytes = tarOf(await getBundle(artifacts, digest));
      const fileName = 'package.tar';
      return download(
        { bytes, type: 'application/x-tar', digest: `${digest}-tar`, fileName },
        request,
        reply,
      );
    },
  );

  routes.get(
    `${url}/hugging-face.tar`,
    {
      config,
      schema: {
        operationId: 'downloadHuggingFaceFolder',
        summary:
          'Download the encoder of a version as one tar in the layout of Hugging Face: `config.json`, `model.safetensors`, `tokenizer.json`, `label_map.json`, an ONNX graph; of a blend it is the encoder alone. 400 for a version of another engine',
        tags,
        params,
        headers: conditional,
        response: bytesAs('application/x-tar'),
      },
    },
    async (request, reply) => {
      const digest = await digestOf(request.params);
      const bytes = tarOf(huggingFaceFiles(await getBundle(artifacts, digest), request.params));
      const about = {
        type: 'application/x-tar',
        digest: `${digest}-hugging-face`,
        fileName: 'hugging-face.tar',
      };
      return download({ bytes, ...about }, request, reply);
    },
  );

  routes.get(
    `${url}/package/:file`,
    {
      config,
      schema: {
        operationId: 'downloadPackageFile',
        summary: 'Download a file of the package of a version',
        tags,
        params: params.extend({ file: lookup }),
        headers: conditional,
        response: bytesAs('application/octet-stream'),
      },
    },
    async (request, reply) => {
      const { file: name, ...about } = request.params;
      const type = 'application/octet-stream';
      const digest = name === SUMS ? await digestOf(about) : undefined;
      const file = digest ? { bytes: await artifacts.get(digest), digest } : await fileOf(about, name);
      return download({ ...file, type, fileName: name }, request, reply);
    },
  );
}

function huggingFaceFiles(files: PackageFiles, { model, version }: z.infer<typeof params>) {
  try {
    return huggingFaceExport(files);
  } catch (error) {
    if (!(error instanceof InvalidInput || error instanceof InvalidPackage)) throw error;
    throw new EpochlogError('INPUT_INVALID', `${version} of ${model}: ${error.message}`, { cause: error });
  }
}
