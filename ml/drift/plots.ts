import { heatPlot } from '../plots/heat.ts';
import { histogramPlot } from '../plots/histogram.ts';
import type { Plot } from '../plots/plot.ts';
import type { ReportedFeature, ReportedWindow } from './report.ts';

/** PSI from which a cell has its full colour: a large change, by convention */
const LARGE = 0.25;

export const titleOf = ({ feature, slice }: Pick<ReportedFeature, 'feature' | 'slice'>): string =>
  slice === '' ? feature : `${feature} of ${slice}`;

/** PSI of each feature in each window, the oldest first; a frame where it drifted. */
export function driftMap(windows: readonly ReportedWindow[]): Plot {
  const rows = [...new Set(windows.flatMap(({ features }) => features.map(titleOf)))].sort();
  return heatPlot({
    name: 'drift',
    title: 'PSI by feature and window',
    value: 'population stability index',
    full: LARGE,
    rows,
    columns: windows.map(({ version, window }) => `${version} ${window}`),
    cellOf(row, column) {
      const { version, window, features } = windows[column]!;
      const feature = features.find((candidate) => titleOf(candidate) === rows[row]);
      if (!feature) return undefined;
      const { value, expected, pValue } = feature.distances[0]!;
      const told = `${rows[row]}, ${version} window ${window}: PSI ${value.toFixed(3)}, ${expected.toFixed(3)} expected, p ${pValue.toPrecision(2)}`;
      return { value, isMarked: feature.drifted, told };
    },
  });
}

/** A feature in the reference and in a window; undefined for words, which have no bins. */
export function driftHistogram(feature: ReportedFeature): Plot | undefined {
  const { bins, reference, actual } = feature;
  if (bins.length === 0) return undefined;
  const groups = [
    { name: 'reference', counts: reference },
    { name: 'window', counts: actual },
  ];
  const title = `${titleOf(feature)}: reference and window`;
  return histogramPlot({ name: 'histogram', title, x: feature.feature, bins, groups });
}
