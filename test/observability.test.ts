import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { expect, test } from 'vitest';
import { METRICS, SPAN_ATTRIBUTES, SPAN_EVENTS } from '../kernel/telemetry.ts';

/** The tables of what is measured and traced, and what is said of them. */

const guide = readFileSync(join(import.meta.dirname, '../docs/observability.md'), 'utf8');

/** The rows of the table with this heading, as cells. */
function table(heading: string): string[][] {
  const [, after = ''] = guide.split(`\n| ${heading} |\n`);
  const [rows = ''] = after.split('\n\n');
  return rows
    .split('\n')
    .slice(1)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('every metric is documented as it is', () => {
  const code = (text: string) => `\`${text}\``;
  expect(table('metric | kind | labels | what')).toEqual(
    Object.values(METRICS).map(({ name, kind, labels, help }) => [
      code(name),
      kind,
      labels.map(code).join(', ') || '–',
      help,
    ]),
  );
});

test('names of metrics follow the conventions of Prometheus', () => {
  const metrics = Object.values(METRICS);
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  for (const { name, kind } of metrics) {
    expect(name).toMatch(/^epochlog_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(kind === 'counter');
    if (kind === 'histogram') expect(name).toMatch(/_(seconds|records)$/);
  }
});

test('names of span attributes are those of OpenTelemetry, as far as it has one', () => {
  const known = new Set<unknown>(
    Object.entries(conventions).flatMap(([key, name]) => (key.startsWith('ATTR_') ? [name] : [])),
  );
  const ours = /^epochlog\.[a-z_.]+$/;
  for (const name of Object.values(SPAN_ATTRIBUTES))
    expect(known.has(name) !== ours.test(name), name).toBe(true);
  for (const name of Object.values(SPAN_EVENTS)) {
    expect(name).toMatch(ours);
    expect(guide).toContain(`\`${name}\``);
  }
});
