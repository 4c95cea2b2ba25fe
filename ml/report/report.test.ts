import { describe, expect, test } from 'vitest';
import { registryCard, registryCardPage } from './card.ts';
import { reportPage } from './page.ts';
import type { Findings, ReportSubject } from './subject.ts';

const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(1)> | "'](javascript:alert(1))`;

const subjectOf = (text: string): ReportSubject => ({
  ...{ model: text, version: 'v1.0.0', runId: 'r1' },
  declared: {
    ...{ owner: text, description: text, intendedUse: text, limits: text },
    ...{ ethics: text, caveats: '', maintenance: text, licence: text },
  },
  configuration: [
    ['engine', 'trees'],
    [text, text],
  ],
  environment: [['device', text]],
  epochs: [
    { epoch: 1, trainLoss: 0.9, validation: { logLoss: 0.8, accuracy: 0.6 } },
    { epoch: 2, trainLoss: 0.4, validation: { logLoss: 0.5, accuracy: 0.7 } },
  ],
  evaluation: {
    ...{ evaluationId: text, samples: 4, primaryMetric: 'accuracy' },
    ...{
      metrics: { accuracy: 0.75 },
      lower: { accuracy: 0.5 },
      upper: { accuracy: 0.9 },
      operational: { sizeMb: 1.5 },
    },
    perClass: [
      { label: text, precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
      { label: 'b', precision: 0.5, recall: 1, f1: 2 / 3, support: 2 },
    ],
    confusion: [
      [1, 1],
      [0, 2],
    ],
    suites: [{ suite: text, weight: 1, samples: 4, score: 0.75 }],
  },
  decisions: [['2026-01-01 00:00', 'promoted', text, text]],
});

const findingsOf = (text: string): Findings => ({
  mistakes: [
    { id: text, instance: { note: text }, target: text, answer: 'b', confidence: 0.9, loss: 2 },
  ] as never,
  confused: [{ actual: text, predicted: 'b', samples: 1, share: 0.5 }],
  reliability: [{ lower: 0.8, upper: 1, confidence: 0.9, accuracy: 0.75, samples: 4 }],
});

describe('a report', () => {
  test('tells what was configured, learnt, measured, missed and decided, by itself', () => {
    const page = reportPage(subjectOf('plain'), findingsOf('plain'), null);
    expect(page).toContain('<title>v1.0.0 of plain</title>');
    const titles = Array.from(page.matchAll(/<h2>([^<]*)<\/h2>/g), ([, title]) => title);
    expect(titles).toEqual([
      'Configuration',
      'Environment',
      'Learning curves',
      'Metrics',
      'Labels',
      'Calibration',
      'Worst mistakes',
      'Decisions',
    ]);
    expect(page.match(/<svg /g)?.length).toBeGreaterThanOrEqual(3);
    expect(page).toMatch(/<td>accuracy<\/td>\s*<td>75\.\d* %<\/td>\s*<td>50\.\d* % to 90\.\d* %/);
    expect(page).not.toMatch(/(src|href)="(?!#)|@import|url\(/); // it loads nothing
  });

  test('of hostile texts shows them as text', () => {
    for (const page of [
      reportPage(subjectOf(HOSTILE), findingsOf(HOSTILE), null),
      registryCardPage(subjectOf(HOSTILE), findingsOf(HOSTILE), `# x\n${HOSTILE}`),
    ]) {
      expect(page).not.toMatch(/<script|<img|href="javascript/i);
      expect(page).toContain('&lt;script');
    }
  });

  test('follows a template, which may hold parts; one that it has not is named with the nearest', () => {
    const page = reportPage(subjectOf('plain'), {}, null, '<h1>{{ title }}</h1>{{mistakes}}{{decisions}}');
    expect(page).toMatch(/^<h1>v1\.0\.0 of plain<\/h1><section id="decisions">/);
    expect(() => reportPage(subjectOf('plain'), {}, null, '{{metric}}')).toThrow(
      /no placeholder \{\{metric\}\}, did you mean 'metrics'\?/,
    );
  });
});

test('a model card says what was declared, what the log knows, and what was not declared', () => {
  const card = registryCard(subjectOf('plain'), {}, '# The card\n\n## Data\n\nrows');
  expect(card).toMatch(/^# plain v1\.0\.0\n/);
  expect(card).toMatch(/## Ethical considerations\n\nplain\n/);
  expect(card).toMatch(/## Caveats\n\nNot declared\./);
  expect(card).toMatch(/## What the package says\n\n### Data\n\nrows/);
});
