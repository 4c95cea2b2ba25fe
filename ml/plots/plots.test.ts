import { expect, test } from 'vitest';
import { barPlot } from './bars.ts';
import { confusionPlot, linePlot } from './charts.ts';
import { heatPlot } from './heat.ts';
import { histogramPlot } from './histogram.ts';
import { intervalPlot } from './intervals.ts';
import type { Plot } from './plot.ts';

const HOSTILE = '<script>alert(1)</script>" onload="x';

const points = Array.from({ length: 100 }, (_, i) => [i, i * i] as const);
const plots = (name: string): Plot[] => [
  linePlot('lines', { title: name, x: name, y: name, series: [{ name, points }] }),
  confusionPlot([name, 'b'], [[3, 1], [0, 0]]), // biome-ignore format: a matrix
  histogramPlot({
    ...{ name: 'histogram', title: name, x: name, bins: [name, 'b'] },
    groups: [
      { name, counts: [30, 10] },
      { name: 'nothing', counts: [0, 0] },
    ],
  }),
  heatPlot({
    ...{ name: 'heat', title: name, value: name, rows: [name], columns: [name, 'b'], full: 0.25 },
    cellOf: (_, column) => (column === 0 ? { value: 0.5, isMarked: true, told: name } : undefined),
  }),
  barPlot({
    ...{ name: 'bars', title: name, value: name, bars: [name, 'b'], low: 0, high: 1 },
    groups: [
      { name, values: [0.8, Number.NaN] },
      { name: 'b', values: [2, 0.7] },
    ],
  }),
  intervalPlot({
    ...{ name: 'intervals', title: name, value: name },
    rows: [
      { name, unit: name, value: 0.02, low: 0.01, high: 0.03 },
      { name: 'b', unit: '', value: 0, low: 0, high: 0 },
    ],
  }),
];

test.for(plots('a'))(
  '$name: a picture by itself, of finite numbers, with values where the pointer rests',
  (plot) => {
    const svg = plot.svg();
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>$/);
    expect(svg).toContain('<title>');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  },
);

test.for(plots(HOSTILE))('$name: names are text', (plot) => {
  expect(plot.svg()).not.toMatch(/<script| onload="/);
  expect(plot.csv()).toContain('"<script>alert(1)</script>"" onload=""x"');
});

test('the numbers of a plot are CSV; what has no value is an empty cell', () => {
  const [lines, confusion, histogram, heat, bars, intervals] = plots('a').map((plot) => plot.csv());
  expect(lines).toMatch(/^series,a,a\na,0,0\na,1,1\na,2,4\n/);
  expect(confusion).toBe('label,a,b\na,3,1\nb,0,0\n');
  expect(histogram).toBe('bin,a,nothing\na,30,0\nb,10,0\n');
  expect(heat).toBe(',a,b\na,0.5,\n');
  expect(bars).toBe('name,a,b\na,0.8,2\nb,,0.7\n');
  expect(intervals).toBe('name,unit,a,low,high\na,a,0.02,0.01,0.03\nb,,0,0,0\n');
});

test('no point at all is a picture too', () => {
  const svg = linePlot('none', { title: 'none', x: 'x', y: 'y', series: [] }).svg();
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});
