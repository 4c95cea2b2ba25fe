import { csvOf, type Plot } from './plot.ts';
import { axes, downOf, element, escaped, type Frame, picture, text } from './svg.ts';

/** Counts of the same bins, once for each group, such as the reference and a window. */
export interface Histogram {
  readonly name: string;
  readonly title: string;
  /** what the bins are of, with its unit */
  readonly x: string;
  readonly bins: readonly string[];
  readonly groups: readonly { readonly name: string; readonly counts: readonly number[] }[];
}

/** told apart by who sees no red or no green too, and in light and dark */
const COLOURS = ['#7b8794', '#0072b2', '#d55e00'] as const;
const LEAST_BIN = 34;
const WIDTH = 560;
const HEIGHT = 230;
/** bins beyond it are named at every other place, and so on */
const MAX_NAMES = 16;
const NAME_LENGTH = 18;

/** Groups of bars side by side: the share of each group that falls into each bin. */
export const histogramPlot = (histogram: Histogram): Plot => ({
  name: histogram.name,
  title: histogram.title,
  svg: () => drawn(histogram),
  csv: () =>
    csvOf(
      ['bin', ...histogram.groups.map(({ name }) => name)],
      histogram.bins.map((bin, at) => [bin, ...histogram.groups.map(({ counts }) => counts[at] ?? 0)]),
    ),
});

function drawn({ title, x, bins, groups }: Histogram): string {
  const sums = groups.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
  const shareOf = (group: number, bin: number) => (groups[group]!.counts[bin] ?? 0) / (sums[group] || 1);
  const most = Math.max(1e-9, ...groups.flatMap((_, group) => bins.map((_bin, bin) => shareOf(group, bin))));
  const frame: Frame = { left: 64, top: 84, width: Math.max(WIDTH, bins.length * LEAST_BIN), height: HEIGHT };
  const step = frame.width / Math.max(1, bins.length);
  const bar = (step * 0.8) / Math.max(1, groups.length);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({
    at,
    label: `${Number((100 * at * most).toPrecision(2))} %`,
  }));
  const every = Math.ceil(bins.length / MAX_NAMES);
  const bottom = frame.top + frame.height;
  return picture(frame.left + frame.width + 20, bottom + 110, title, [
    axes(frame, { name: '', ticks: [] }, { name: 'share of each', ticks }),
    ...groups.flatMap(({ name, counts }, group) =>
      bins.map((bin, at) => {
        const share = shareOf(group, at);
        const top = downOf(frame, share / most);
        const told = `${name}, ${bin}: ${counts[at] ?? 0} of ${sums[group]} (${(100 * share).toFixed(1)} %)`;
        const box = {
          x: frame.left + at * step + step * 0.1 + group * bar,
          y: top,
          width: Math.max(bar - 1, 1),
          height: bottom - top,
          fill: COLOURS[group % COLOURS.length]!,
        };
        return element('rect', box, element('title', {}, escaped(told)));
      }),
    ),
    ...bins.map((bin, at) => {
      if (at % every !== 0) return '';
      const across = frame.left + (at + 0.5) * step;
      const turned = { transform: `rotate(-35 ${across} ${bottom + 14})`, 'text-anchor': 'end' };
      return text(across, bottom + 14, shortened(bin), turned);
    }),
    text(frame.left + frame.width / 2, bottom + 100, x, { 'text-anchor': 'middle' }),
    ...groups.map(({ name }, group) => {
      const across = frame.left + group * 200;
      const colour = COLOURS[group % COLOURS.length]!;
      return (
        element('rect', { x: across, y: 44, width: 10, height: 10, fill: colour }) +
        text(across + 16, 53, `${shortened(name)} (${sums[group]})`)
      );
    }),
  ]);
}

const shortened = (name: string): string =>
  name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
