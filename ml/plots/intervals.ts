import { csvOf, type Plot } from './plot.ts';
import { acrossOf, element, escaped, type Frame, MUTED, picture, text } from './svg.ts';

/** Estimates with their intervals, each beside 0. */
export interface Intervals {
  readonly name: string;
  readonly title: string;
  /** what the estimates are */
  readonly value: string;
  readonly rows: readonly {
    readonly name: string;
    readonly unit: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
}

const [LEFT, TOP, WIDTH, ROW] = [170, 70, 440, 34] as const;
const NAME_LENGTH = 24;
/** above 0, below it, and neither; told apart by who sees no red or no green too: they lie on different sides */
const [ABOVE, BELOW, UNCLEAR] = ['#009e73', '#d55e00', '#7b8794'] as const;

/** Each on a scale of its own, since their units differ; the dashed line is 0. */
export const intervalPlot = (intervals: Intervals): Plot => ({
  name: intervals.name,
  title: intervals.title,
  svg: () => drawn(intervals),
  csv: () =>
    csvOf(
      ['name', 'unit', intervals.value, 'low', 'high'],
      intervals.rows.map(({ name, unit, value, low, high }) => [name, unit, value, low, high]),
    ),
});

function drawn({ title, value: what, rows }: Intervals): string {
  const frame: Frame = { left: LEFT, top: TOP, width: WIDTH, height: rows.length * ROW };
  const zero = acrossOf(frame, 0.5);
  return picture(LEFT + WIDTH + 90, TOP + frame.height + 16, title, [
    text(16, 46, `${what}; each on a scale of its own, the dashed line is 0`, { fill: MUTED }),
    element('line', {
      ...{ x1: zero, x2: zero, y1: TOP - 8, y2: TOP + frame.height },
      ...{ stroke: MUTED, 'stroke-dasharray': '3 3' },
    }),
    ...rows.map(({ name, unit, value, low, high }, at) => {
      const reach = Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE) * 1.1;
      const across = (number: number) => acrossOf(frame, (number + reach) / (2 * reach));
      const y = TOP + at * ROW + ROW / 2;
      const colour = low > 0 ? ABOVE : high < 0 ? BELOW : UNCLEAR;
      const range = `${shown(low)} to ${shown(high)}`;
      const told = element('title', {}, escaped(`${name}: ${shown(value)}, ${range} ${unit}`.trimEnd()));
      return [
        text(LEFT - 8, y + 4, shortened(name), { 'text-anchor': 'end' }),
        element('line', {
          x1: across(low),
          x2: across(high),
          y1: y,
          y2: y,
          stroke: colour,
          'stroke-width': 3,
        }),
        element('circle', { cx: across(value), cy: y, r: 6, fill: colour }, told),
        text(LEFT + WIDTH + 8, y + 4, shown(value), { 'font-size': '11' }),
      ].join('');
    }),
  ]);
}

const shown = (value: number): string => `${value > 0 ? '+' : ''}${Number(value.toPrecision(3))}`;
const shortened = (name: string): string =>
  name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
