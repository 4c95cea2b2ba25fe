import { csvOf, type Plot } from './plot.ts';
import {
  acrossOf,
  axes,
  colourOf,
  downOf,
  element,
  escaped,
  type Frame,
  MUTED,
  picture,
  type Tick,
  text,
} from './svg.ts';

type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** ends of both axes; without them those of the points */
  readonly within?: readonly [low: number, high: number];
  /** whether a dashed line shows x = y */
  readonly diagonal?: boolean;
}

/** Told apart by who sees no red or no green too (Okabe and Ito); more series repeat them. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'] as const;
const FRAME: Frame = { left: 64, top: 64, width: 430, height: 250 };
const LEGEND_ROW = 16;
const MAX_LEGEND = 18;
/** of a line; more points are told by some of them */
const MAX_DOTS = 30;
const CONFUSION = 'Confusion: rows are labels, columns answers';

/** Lines over two axes, with a legend. Points that are no finite numbers are left out. */
export function lineChart({ title, x, y, series, within, diagonal = false }: LineChart): string {
  const drawn = series
    .map(({ name, points }) => ({ name, points: points.filter((point) => point.every(Number.isFinite)) }))
    .filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  const xs = within ?? rangeOf(all.map(([across]) => across));
  const ys = within ?? rangeOf(all.map(([, up]) => up));
  const place = ([across, up]: Point): string =>
    `${round(acrossOf(FRAME, shareOf(xs, across)))},${round(downOf(FRAME, shareOf(ys, up)))}`;
  const legendHeight = FRAME.top + Math.min(drawn.length, MAX_LEGEND) * LEGEND_ROW + 10;
  return picture(700, Math.max(380, legendHeight), title, [
    axes(FRAME, { name: x, ticks: ticksOf(xs) }, { name: y, ticks: ticksOf(ys) }),
    diagonal
      ? element('polyline', {
          points: `${place([xs[0], ys[0]])} ${place([xs[1], ys[1]])}`,
          fill: 'none',
          stroke: MUTED,
          'stroke-dasharray': '4 4',
        })
      : '',
    ...drawn.map(({ name, points }, at) => {
      const colour = COLOURS[at % COLOURS.length]!;
      const line = { points: points.map(place).join(' '), fill: 'none', stroke: colour, 'stroke-width': 2 };
      return element('polyline', line) + hovered(name, points, colour, place);
    }),
    ...drawn.slice(0, MAX_LEGEND).map(({ name }, at) => {
      const down = FRAME.top + 8 + at * LEGEND_ROW;
      const colour = COLOURS[at % COLOURS.length]!;
      return (
        element('rect', { x: 512, y: down - 8, width: 10, height: 10, fill: colour }) +
        text(528, down + 1, shortName(name))
      );
    }),
  ]);
}

/**
 * A dot for each point, which says its values where the pointer rests; of many points, evenly spread ones that are not seen.
 */
function hovered(
  name: string,
  points: readonly Point[],
  colour: string,
  place: (point: Point) => string,
): string {
  const every = Math.ceil(points.length / MAX_DOTS);
  const seen = every === 1 ? { r: 3, fill: colour } : { r: 5, fill: colour, 'fill-opacity': 0 };
  return points
    .filter((_, at) => at % every === 0)
    .map((point) => {
      const [cx = '', cy = ''] = place(point).split(',');
      const told = `${name}: ${short(point[0])}, ${short(point[1])}`;
      return element('circle', { cx, cy, ...seen }, element('title', {}, escaped(told)));
    })
    .join('');
}

/** Lines as a plot with a name. */
export const linePlot = (name: string, chart: LineChart): Plot => ({
  name,
  title: chart.title,
  svg: () => lineChart(chart),
  csv: () =>
    csvOf(
      ['series', chart.x || 'x', chart.y || 'y'],
      chart.series.flatMap(({ name: of, points }) => points.map(([x, y]) => [of, x, y])),
    ),
});

/** A confusion matrix as a plot. */
export const confusionPlot = (labels: readonly string[], counts: readonly (readonly number[])[]): Plot => ({
  name: 'confusion',
  title: CONFUSION,
  svg: () => confusionChart(labels, counts),
  csv: () =>
    csvOf(
      ['label', ...labels],
      counts.map((row, at) => [labels[at] ?? '', ...row]),
    ),
});

/** How often each label (a row) was taken for each (a column), as counts; the darker, the larger the share of the row. */
export function confusionChart(labels: readonly string[], counts: readonly (readonly number[])[]): string {
  const cell = Math.max(18, Math.min(44, Math.floor(560 / Math.max(1, labels.length))));
  const [left, top] = [150, 150];
  const size = labels.length * cell;
  return picture(left + size + 20, top + size + 20, CONFUSION, [
    ...labels.map((label, at) =>
      text(left - 8, top + at * cell + cell / 2 + 4, shortName(label), { 'text-anchor': 'end' }),
    ),
    ...labels.map((label, at) => {
      const across = left + at * cell + cell / 2 + 4;
      return text(across, top - 8, shortName(label), { transform: `rotate(-60 ${across} ${top - 8})` });
    }),
    ...counts.flatMap((row, actual) => {
      const sum = row.reduce((total, count) => total + count, 0);
      return row.map((count, predicted) => {
        const share = sum === 0 ? 0 : count / sum;
        const [x, y] = [left + predicted * cell, top + actual * cell];
        const told = `${labels[actual]} answered as ${labels[predicted]}: ${count} of ${sum}`;
        const box = {
          x,
          y,
          width: cell - 1,
          height: cell - 1,
          fill: count === 0 ? '#f4f6f8' : colourOf(share),
        };
        const ink = { 'text-anchor': 'middle', 'font-size': '11', fill: share > 0.4 ? '#ffffff' : '#1f2933' };
        const number =
          cell < 26 || count === 0 ? '' : text(x + cell / 2, y + cell / 2 + 4, String(count), ink);
        return element('rect', box, element('title', {}, escaped(told))) + number;
      });
    }),
  ]);
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low < high ? [low, high] : values.length > 0 ? [low - 0.5, high + 0.5] : [0, 1];
}

const shareOf = ([low, high]: readonly [number, number], value: number): number =>
  Math.min(1, Math.max(0, (value - low) / (high - low)));

const ticksOf = ([low, high]: readonly [number, number]): Tick[] =>
  [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: short(low + at * (high - low)) }));

const short = (value: number): string => String(Number(value.toPrecision(3)));
const round = (value: number): number => Math.round(value * 10) / 10;
const shortName = (name: string): string => (name.length > 22 ? `${name.slice(0, 21)}…` : name);
