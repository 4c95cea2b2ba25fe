import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import { addList, byKey } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { prediction, predictionsOf } from './predictions.ts';

const decision = z.enum(['accepted', 'deduplicated', 'rejected']);

const listed = z.object({
  arxivId: z.string(),
  title: z.string(),
  primaryCategory: z.string(),
  categories: z.array(z.string()),
  published: z.string(),
  collectionId: z.string(),
  ingestedAt: z.string(),
  eventId: z.string(),
  decisions: z.array(decision).describe('of the curator, in the order in which the paper came'),
});

const sample = z.object({
  decision,
  label: z.string().nullable(),
  words: z.number().nullable(),
  duplicateOf: z.string().nullable(),
  matchedBy: z.string().nullable(),
  similarity: z.number().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  decidedAt: z.string(),
  eventId: z.string(),
});

const paper = listed.omit({ decisions: true }).extend({
  abstract: z.string(),
  authors: z.array(z.string()),
  line: z.number().describe('of the source, from 1'),
});

const paperWithAll = paper.extend({
  samples: z.array(sample).describe('what the curator decided, each time that the paper came'),
  predictions: z.array(prediction).describe('the latest hundred'),
});

const PREDICTIONS = 100;

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const tags = ['papers'];
  addList(app, query, {
    url: '/v1/papers',
    summary: 'Papers by date of publication, and what became of each as training material',
    tags,
    query: 'papers/list',
    filters: {
      category: lookup.optional().describe('primary category'),
      collectionId: lookup.optional(),
      decision: decision.optional(),
      from: z.iso.date().optional().describe('published on this day or later'),
      to: z.iso.date().optional().describe('published before this day'),
    },
    item: listed,
    paging: byKey(
      { afterPublished: '1900-01-01', afterArxivId: '', afterEventId: '' },
      { afterPublished: 'published', afterArxivId: 'arxivId', afterEventId: 'eventId' },
    ),
  });

  // the wildcard takes the slash of ids such as cs/9901001
  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/v1/papers/*',
    schema: {
      summary: 'A paper with the decisions and predictions made on it',
      tags,
      params: z.object({ '*': lookup.describe('arXiv id') }),
      response: { 200: paperWithAll },
    },
    async handler({ params: { '*': arxivId } }) {
      const [found] = await query<z.infer<typeof paper>>('papers/by-id', { arxivId });
      if (!found) throw new EpochlogError('NOT_FOUND', `there is no paper ${arxivId}`);
      const [samples, predictions] = await Promise.all([
        query<z.infer<typeof sample>>('samples/by-paper', { arxivId }),
        predictionsOf(query, arxivId, PREDICTIONS),
      ]);
      return { ...found, samples, predictions };
    },
  });
}
