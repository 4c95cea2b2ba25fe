import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { METRICS } from '../../kernel/telemetry.ts';

type Metric = (typeof METRICS)[keyof typeof METRICS];

const DURATION = /^\d+[smh]$/;
const rule = z.strictObject({
  alert: z.string().regex(/^Epochlog[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().regex(DURATION).optional(),
  keep_firing_for: z.string().regex(DURATION).optional(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string().min(1), action: z.string().min(1) }),
});
const file = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule) })).length(1),
});

/** As Prometheus reads it: a field that it does not know is an error there too. */
const rules = file
  .parse(parse(readFileSync(join(import.meta.dirname, 'alerts.yaml'), 'utf8')))
  .groups.flatMap((group) => group.rules);

const captured = (text: string, pattern: RegExp) =>
  Array.from(text.matchAll(pattern), ([, found = '']) => found);
const metricOf = (series: string): Metric | undefined =>
  Object.values(METRICS).find(({ name }) => name === series);
/** that Prometheus adds */
const OWN_LABELS = ['instance', 'job'];

test.each(rules)(
  '$alert asks for metrics of the table, by labels that they have',
  ({ expr, annotations }) => {
    const series = captured(expr, /\b(epochlog_\w+)/g);
    if (!expr.startsWith('up{')) expect(series).not.toEqual([]);
    const metrics = series.map(metricOf);
    expect(metrics).not.toContain(undefined);
    const labels = new Set<string>([...OWN_LABELS, ...metrics.flatMap((metric) => metric?.labels ?? [])]);
    const grouped = captured(expr, /by \(([^)]*)\)/g).flatMap((list) => list.split(', '));
    const selected = captured(expr, /(\w+)=~?"/g);
    const shown = captured(annotations.summary, /\$labels\.(\w+)/g);
    expect([...grouped, ...selected, ...shown].filter((label) => !labels.has(label))).toEqual([]);
    if (grouped.length > 0) expect(shown.filter((label) => !grouped.includes(label))).toEqual([]);
  },
);

test.each(rules)('$alert takes the increase of counters alone', ({ expr }) => {
  const rated = captured(expr, /increase\((epochlog_\w+)/g).map((name) => metricOf(name)?.kind);
  expect(rated).toEqual(rated.map(() => 'counter'));
  const gauges = captured(expr, /\b(epochlog_\w+)/g).filter((name) => metricOf(name)?.kind === 'gauge');
  expect(rated.length > 0 && gauges.length > 0).toBe(false);
});

test('each alert has a name of its own, and that of lag neither comes nor goes at once', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  const lag = rules.filter(({ expr }) => expr.includes('max by (service) (epochlog_consumer_lag)'));
  expect(lag).toMatchObject([{ for: '10m', keep_firing_for: '5m' }]);
});
