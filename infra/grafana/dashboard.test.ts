import { expect, test } from 'vitest';
import { METRICS } from '../../kernel/telemetry.ts';
import { createPrometheus } from '../telemetry/prometheus.ts';
import dashboard from './dashboard.json' with { type: 'json' };
import models from './models.json' with { type: 'json' };

type Metric = (typeof METRICS)[keyof typeof METRICS];

const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const targets = panels.flatMap(({ title, type, targets = [] }) =>
  targets.map((target) => ({ title, type, ...target })),
);
const queries = targets.map(
  ({ title, expr, legendFormat, type }) => [title, expr, legendFormat, type] as const,
);

const captured = (text: string, pattern: RegExp) =>
  Array.from(text.matchAll(pattern), ([, found = '']) => found);
const words = (list: string) => list.split(',').map((word) => word.trim());

/** The metric of the table that has a series of this name: a histogram has three. */
const metricOf = (series: string): Metric | undefined =>
  Object.values(METRICS).find(({ name, kind }) =>
    kind === 'histogram'
      ? ['_bucket', '_sum', '_count'].some((end) => `${name}${end}` === series)
      : name === series,
  );

test.each(queries)('%s: every metric of %j is one of the table, or of Node', async (_title, expr) => {
  const { text } = await createPrometheus().scrape();
  const ofNode = captured(text, /^# TYPE ((?:process|nodejs)_\w+)/gm);
  const series = captured(expr, /\b((?:epochlog|process|nodejs)_\w+)/g);
  expect(series).not.toEqual([]);
  expect(series.filter((name) => !metricOf(name) && !ofNode.includes(name))).toEqual([]);
});

test.each(queries)('%s: %j asks of each what its kind and its labels allow', (_title, expr, legend, type) => {
  const ofTable = captured(expr, /\b(epochlog_\w+)/g).map((name) => metricOf(name)!);
  const rates = captured(expr, /rate\((epochlog_\w+)\[/g).map((name) => metricOf(name)!);
  expect(rates.filter(({ kind }) => kind === 'gauge')).toEqual([]);
  // A counter as it stands is for what happens so seldom that its first time must show.
  if (type !== 'stat') expect(rates).toEqual(ofTable.filter(({ kind }) => kind !== 'gauge'));

  const labels = new Set<string>(['le', 'instance', ...ofTable.flatMap((metric) => metric.labels)]);
  const grouped = captured(expr, /by \(([^)]*)\)/g).flatMap(words);
  const selected = captured(expr, /(\w+)="/g);
  const shown = captured(legend, /\{\{(\w+)\}\}/g);
  expect([...grouped, ...selected, ...shown].filter((label) => !labels.has(label))).toEqual([]);
  if (ofTable.length > 0) expect(shown.filter((label) => !grouped.includes(label))).toEqual([]);
});

test('all that matters has its panel', () => {
  const shown = new Set(queries.flatMap(([, expr]) => captured(expr, /\b(epochlog_\w+)/g).map(metricOf)));
  const { consumerLag, eventsHandled, reactionSeconds, retries, deadLetters, restarts } = METRICS;
  const { predictions, predictionSeconds, spansDropped, modelQuality, driftPsi, openAlerts } = METRICS;
  const wanted = [consumerLag, eventsHandled, reactionSeconds, retries, deadLetters, restarts];
  const others = [predictions, predictionSeconds, spansDropped, modelQuality, driftPsi, openAlerts];
  for (const metric of [...wanted, ...others]) expect(shown).toContain(metric);
});

test.each([dashboard, models])(
  '$title: panels have ids of their own and do not overlap',
  ({ panels: all }) => {
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(all.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  },
);

test('panels ask the source that is chosen above them', () => {
  const asked = models.panels.flatMap(({ datasource, targets = [] }) =>
    datasource ? [datasource, ...targets.map((target) => target.datasource)] : [],
  );
  for (const source of asked)
    expect(source).toEqual({ type: 'grafana-clickhouse-datasource', uid: `\${clickhouse}` });
  expect(asked.length).toBeGreaterThan(models.panels.length);
  const [variable] = dashboard.templating.list;
  expect(variable).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  const sources = [...panels, ...targets].map(({ datasource }) => datasource);
  for (const source of sources) expect(source).toEqual({ type: 'prometheus', uid: `\${${variable?.name}}` });
});
