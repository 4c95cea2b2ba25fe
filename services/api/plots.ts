import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Plot } from '../../ml/plots/plot.ts';
import { download } from './downloads.ts';

const FORMATS = { svg: 'image/svg+xml', csv: 'text/csv; charset=utf-8' } as const;

/** Media types that a route of plots documents. */
export const PLOT_MEDIA = ['image/svg+xml', 'text/csv'] as const;
/** In what a plot is asked for. */
export const plotFormat = z.enum(['svg', 'csv']).default('svg').describe('csv: the numbers that it shows');

/** Answers a plot as a picture, or as the numbers that it shows; 304 where the client has it. */
export function sent(
  plot: Plot,
  format: keyof typeof FORMATS,
  request: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
) {
  const bytes = Buffer.from(plot[format]());
  const file = { bytes, digest: hash('sha256', bytes), type: FORMATS[format] };
  return download({ ...file, ...(format === 'csv' && { fileName: `${plot.name}.csv` }) }, request, reply);
}
