import type { Command } from 'commander';
import { about } from '../help.ts';
import { cell, day, lists, type Row } from '../listing.ts';

const milliseconds =
  (name: string) =>
  ({ [name]: value }: Row): string =>
    typeof value === 'number' ? `${value.toFixed(1)} ms` : '-';

/** `epochlog latency`: how long answers took, how many there were, and how many failed. */
export function register(program: Command): void {
  const latency = about(program.command('latency'), 'production', [
    'npx epochlog latency',
    'npx epochlog latency --model account-health --by version,hour',
    'npx epochlog latency --by version,variant,route --since 2026-03-01 --until 2026-04-01',
  ]);
  lists(latency, {
    description: 'how long predictions took, how many there were, and how many failed',
    query: 'latency/percentiles',
    parts: { names: ['version', 'variant', 'route', 'minute', 'hour', 'day'], default: 'version' },
    isOfEnvironment: true,
    isOfTime: true,
    params: { version: null, variant: null, route: null },
    columns: {
      model: cell('model'),
      version: cell('version'),
      variant: ({ variant }) => (variant === null || variant === '' ? '-' : String(variant)),
      route: cell('route'),
      from: ({ start }) => day(start),
      predictions: cell('predictions'),
      'a second': ({ perSecond }) => Number(perSecond).toPrecision(3),
      failed: ({ failures, errorRate }) =>
        failures === 0 ? '0' : `${failures} (${(100 * Number(errorRate)).toFixed(1)} %)`,
      p50: milliseconds('p50'),
      p95: milliseconds('p95'),
      p99: milliseconds('p99'),
      max: milliseconds('max'),
    },
  });
}
