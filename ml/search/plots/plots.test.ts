import { describe, expect, test } from 'vitest';
import { spaceSchema } from '../space.ts';
import type { Trial } from '../trial.ts';
import { PLOTS, plotNamed, plotPage } from './plots.ts';
import { rangeShown, type Study, ticksOf } from './study.ts';

const space = spaceSchema.parse({
  'a<b': { type: 'categorical', choices: ['x & y', 'z'] },
  rate: { type: 'log_float', low: 0.001, high: 1 },
  depth: { type: 'int', low: 1, high: 9, when: { 'a<b': 'z' } },
});
const trials = Array.from({ length: 24 }, (_, number): Trial => {
  const kind = number % 3 === 0 ? 'x & y' : 'z';
  const rate = 10 ** (-3 + (number % 7) / 2);
  const values = { 'a<b': kind, rate, ...(kind === 'z' && { depth: 1 + (number % 9) }) };
  if (number % 11 === 5) return { number, values, state: 'failed', reports: [] };
  if (number % 11 === 7) return { number, values, state: 'pruned', reports: [{ step: 1, value: 0.5 }] };
  return { number, values, state: 'completed', value: number === 9 ? 1e9 : (number * 7) % 13, reports: [] };
});
const study: Study = { title: 'a <search>', metric: 'rmse', direction: 'minimize', space, trials };

describe.each(Object.keys(PLOTS))('the plot %s', (name) => {
  test('is an SVG by itself, in which names are escaped and all places are numbers', () => {
    const plot = plotNamed(name, study);
    expect(plot).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]*>[\s\S]*<\/svg>$/);
    expect(plot).toContain('a &lt;search&gt;');
    expect(plot).not.toMatch(/NaN|Infinity|undefined|a<b/);
    expect(plotNamed(name, study)).toBe(plot);
    expect(plotNamed(name, study, 'csv').split('\n').length).toBeGreaterThan(2);
  });
});

test('the page holds every plot, and needs nothing else', () => {
  const page = plotPage(study);
  expect(page.match(/<svg /g)).toHaveLength(5);
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|<link/);
});

test('parallel coordinates say whose a line or an axis is, and have their numbers', () => {
  const plot = plotNamed('parallel', study);
  expect([...plot.matchAll(/data-axis="([^"]*)"/g)].map(([, name]) => name)).toEqual([
    ...['a&lt;b', 'rate', 'depth', 'rmse'],
  ]);
  expect(plot.match(/data-trial="\d+"/g)).toHaveLength(
    trials.filter(({ state }) => state === 'completed').length,
  );
  expect(plotNamed('parallel', study, 'csv')).toMatch(
    /^trial,state,a<b,rate,depth,rmse\n0,completed,x & y,0\.001,,0\n1,completed,z,0\.0031\d+,2,7\n/,
  );
});

test('a search without completed trials still has a history', () => {
  const none = { ...study, trials: trials.filter(({ state }) => state !== 'completed') };
  expect(plotNamed('history', none)).not.toMatch(/NaN/);
  expect(() => plotNamed('importance', none)).toThrow(/needs two completed trials, there is none/);
  expect(plotPage(none)).toContain('history');
});

test('a plot that there is not is told with the nearest', () => {
  expect(() => plotNamed('contur', study)).toThrow(/no plot 'contur'; did you mean contour\?/);
});

test('one outlier does not press the others together', () => {
  expect(rangeShown(study)[1]).toBeLessThan(20);
});

test('ticks are numbers that people would choose', () => {
  expect(ticksOf(0.13, 0.82).map(({ label }) => label)).toEqual(['0.2', '0.4', '0.6', '0.8']);
  expect(ticksOf(0, 80).map(({ label }) => label)).toEqual(['0', '20', '40', '60', '80']);
});
