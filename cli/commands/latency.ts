import type { Command } from 'commander';
import { about } from '../help.ts';
import { cell, day, lists, type Row } from '../listing.ts';

const milliseconds =
  (name: string) =>
  (row: Row): string =>
    `${Number(row[name]).toFixed(1)} ms`;

/** `epochlog latency`: how long answers took. */
export function register(program: Command): void {
  const latency = about(program.command('latency'), 'production', [
    'npx epochlog latency',
    'npx epochlog latency --model account-health --interval hour',
  ]);
  lists(latency, {
    description: 'how long predictions took: percentiles by version, of all time or of each interval',
    query: 'latency/by-version',
    params: { interval: 'all', version: null, from: null, to: null },
    filters: { interval: ['all', 'minute', 'hour', 'day'] },
    columns: {
      model: cell('model'),
      version: cell('version'),
      from: ({ start }) => day(start),
      predictions: cell('predictions'),
      p50: milliseconds('p50'),
      p95: milliseconds('p95'),
      p99: milliseconds('p99'),
      max: milliseconds('max'),
    },
  });
}
