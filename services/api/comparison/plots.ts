import { METRICS } from '../../../ml/metrics/catalogue.ts';
import { barPlot } from '../../../ml/plots/bars.ts';
import { intervalPlot } from '../../../ml/plots/intervals.ts';
import type { Plot } from '../../../ml/plots/plot.ts';
import { type Comparison, metricsCompared } from './comparison.ts';

const MAX_BARS = 12;

/** The plots of a comparison that there are numbers for. */
export function plotsOf({ evaluation, tests, baseline, candidate }: Comparison): Plot[] {
  const rows = metricsCompared(evaluation)
    .filter(({ name }) => METRICS[name]?.unit === 'fraction')
    .slice(0, MAX_BARS);
  const improvements = tests.map(({ metric, improvement, interval: [low, high] }) => ({
    ...{ name: metric, unit: METRICS[metric]?.unit ?? '' },
    ...{ value: improvement, low, high },
  }));
  return [
    ...(improvements.length > 0
      ? [
          intervalPlot({
            ...{ name: 'improvements', title: 'Improvement with its 95 % interval' },
            ...{ value: 'improvement', rows: improvements },
          }),
        ]
      : []),
    ...(rows.length > 0
      ? [
          barPlot({
            ...{ name: 'metrics', title: 'Metrics of both', value: 'value' },
            ...{ bars: rows.map(({ name }) => name), low: 0, high: 1 },
            groups: [
              { name: baseline, values: rows.map((row) => row.baseline ?? Number.NaN) },
              { name: candidate, values: rows.map((row) => row.candidate) },
            ],
          }),
        ]
      : []),
  ];
}
