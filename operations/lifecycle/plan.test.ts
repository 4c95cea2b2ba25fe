import { expect, test } from 'vitest';
import { type LifecyclePaper, nextMonth, planLifecycle } from './plan.ts';

const paper = (line: number, published: string): LifecyclePaper => ({
  line,
  arxivId: `p${line}`,
  title: '',
  abstract: '',
  label: 'cs.AI',
  published,
  json: '',
});

test('the month after December is January of the next year', () => {
  expect([nextMonth('2025-01'), nextMonth('2025-12')]).toEqual(['2025-02-01', '2026-01-01']);
});

test('papers are split at the cut, and every later one is in exactly one month, in order of publication', () => {
  const papers = [
    paper(1, '2024-12-31'),
    paper(2, '2025-03-09'),
    paper(3, '2025-01-15'),
    paper(4, '2025-03-01'),
    paper(5, '2025-03-01'),
  ];
  const plan = planLifecycle(papers, '2025-01-10');
  expect(plan.before).toBe(1);
  expect(
    plan.months.map(({ name, from, to, papers }) => [name, from, to, papers.map(({ line }) => line)]),
  ).toEqual([
    ['2025-01', '2025-01-10', '2025-02-01', [3]],
    ['2025-03', '2025-03-01', '2025-04-01', [4, 5, 2]],
  ]);
});
