import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import { diffDatasets } from '../../../ml/dataset/diff.ts';
import { EXPORT_FORMATS, exported, exportedPart } from '../../../ml/dataset/export.ts';
import { SPLITS } from '../../../ml/dataset/format.ts';
import { datasetError } from '../../../tasks/dataset-error.ts';
import { streamed } from '../downloads.ts';
import { notListed } from '../found.ts';
import type { ApiContext } from '../settings.ts';

const split = z.enum(SPLITS);
const pair = z.tuple([z.number(), z.number()]);

const difference = z.object({
  id: z.string(),
  target: z.tuple([z.union([z.string(), z.number()]), z.union([z.string(), z.number()])]).optional(),
  split: z.tuple([split, split]).optional(),
  isChanged: z.literal(true).optional().describe('it has other content'),
});

const diff = z
  .object({
    removed: z.number().describe('samples of the first dataset alone'),
    added: z.number().describe('samples of the other one alone'),
    same: z.number(),
    relabelled: z.number().describe('of both, with another target'),
    changed: z.number().describe('of both, with other content'),
    moved: z.number().describe('of both, in another split'),
    moves: z.record(z.string(), z.number()).describe('from which split to which'),
    classes: z.record(z.string(), pair).describe('samples of each class before and after, where they differ'),
    sizes: z.record(split, pair).describe('samples of each split before and after'),
    examples: z.object({
      removed: z.array(z.string()),
      added: z.array(z.string()),
      different: z.array(difference),
    }),
  })
  .meta({ id: 'DatasetDiff' });

const config = { errors: ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACTS_UNAVAILABLE'] } as const;

const TYPES = { jsonl: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' } as const;

/** What is in a dataset: its samples, and what another one has that it has not. */
export function addRoutes(app: FastifyInstance, { query, artifacts }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['training'];

  /** The file of a sealed dataset. NOT_FOUND where it was never sealed. */
  async function fileOf(datasetId: string): Promise<Uint8Array> {
    const [found] = await query<{ artifact: string | null; reason: string | null }>('datasets/by-id', {
      datasetId,
    });
    if (!found) throw await notListed(query, 'dataset', datasetId);
    if (found.artifact !== null)
      return artifacts.get(found.artifact).catch((error) => {
        throw datasetError(error, datasetId);
      });
    throw new EpochlogError('NOT_FOUND', `the dataset ${datasetId} was refused: ${found.reason}`);
  }

  routes.route({
    method: 'GET',
    url: '/v1/datasets/:datasetId/diff',
    config,
    schema: {
      operationId: 'diffDatasets',
      summary: 'What another dataset has that this one has not, sample by sample',
      tags,
      params: z.object({ datasetId: lookup }),
      querystring: z.strictObject({
        with: lookup.describe('the other dataset'),
        limit: z.coerce
          .number()
          .int()
          .min(0)
          .max(1_000)
          .default(20)
          .describe('so many samples of each kind are named'),
      }),
      response: { 200: diff },
    },
    async handler({ params: { datasetId }, query: { with: other, limit } }) {
      const [before, after] = [await fileOf(datasetId), await fileOf(other)];
      const found = await diffDatasets(before, after, limit).catch((error) => {
        throw datasetError(error, datasetId, other);
      });
      return z.parse(diff, found);
    },
  });

  routes.route({
    method: 'GET',
    url: '/v1/datasets/:datasetId/samples',
    config,
    schema: {
      operationId: 'exportDataset',
      summary: 'The samples of a dataset, as lines of JSON or as Parquet',
      tags,
      params: z.object({ datasetId: lookup }),
      querystring: z.strictObject({
        split: z.enum([...SPLITS, 'all']).default('train'),
        format: z.enum(EXPORT_FORMATS).default('jsonl'),
        text: lookup.default('').describe('lines: only samples with it in their id or instance'),
        offset: z.coerce
          .number()
          .int()
          .min(0)
          .max(1_000_000_000)
          .default(0)
          .describe('lines: so many are left out'),
        limit: z.coerce
          .number()
          .int()
          .min(1)
          .max(1_000)
          .optional()
          .describe('lines: at most so many; by default all'),
      }),
      response: {
        200: { content: Object.fromEntries(Object.values(TYPES).map((type) => [type, streamed])) },
      },
    },
    async handler({ params: { datasetId }, query: { split, format, ...part } }, reply) {
      const splits = split === 'all' ? SPLITS : [split];
      const file = await fileOf(datasetId);
      const isPart = part.text !== '' || part.offset > 0 || part.limit !== undefined;
      if (isPart && format === 'parquet')
        throw new EpochlogError(
          'INPUT_INVALID',
          'format: text, offset and limit are for jsonl; leave them out, or the format',
        );
      const samples = isPart
        ? exportedPart(file, splits, { ...part, limit: part.limit ?? Number.POSITIVE_INFINITY })
        : exported(file, splits, format);
      const begun = await begin(samples, datasetId);
      reply.header('content-disposition', `attachment; filename="samples.${format}"`).type(TYPES[format]);
      return reply.send(Readable.from(begun));
    },
  });
}

/** Pieces of a file whose first one is read before the answer begins: what cannot be read is an error, and no file that ends. */
async function begin(
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
  datasetId: string,
): Promise<AsyncIterable<Uint8Array>> {
  const first = await pieces.next().catch((error) => {
    throw datasetError(error, datasetId);
  });
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* pieces;
  })();
}
