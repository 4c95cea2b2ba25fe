import { csvOf, type Plot } from './plot.ts';
import { acrossOf, axes, element, escaped, type Frame, picture, text } from './svg.ts';

/** A value of each group for each bar, all on one scale. */
export interface Bars {
  readonly name: string;
  readonly title: string;
  /** what the values are */
  readonly value: string;
  readonly bars: readonly string[];
  /** a value that is no finite number is not drawn */
  readonly groups: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** ends of the scale; values beyond it end there */
  readonly low: number;
  readonly high: number;
}

/** told apart by who sees no red or no green too, and in light and dark */
const COLOURS = ['#7b8794', '#0072b2', '#d55e00'] as const;
const [LEFT, TOP, WIDTH, BAR, GAP] = [170, 74, 440, 14, 12] as const;
const NAME_LENGTH = 24;
const LEGEND_WIDTH = 200;

/** Lying bars, those of each group below each other. */
export const barPlot = (bars: Bars): Plot => ({
  name: bars.name,
  title: bars.title,
  svg: () => drawn(bars),
  csv: () =>
    csvOf(
      ['name', ...bars.groups.map(({ name }) => name)],
      bars.bars.map((bar, at) => [bar, ...bars.groups.map(({ values }) => finite(values[at]))]),
    ),
});

function drawn({ title, value: unit, bars, groups, low, high }: Bars): string {
  const step = groups.length * BAR + GAP;
  const frame: Frame = { left: LEFT, top: TOP, width: WIDTH, height: bars.length * step };
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: shown(low + at * (high - low)) }));
  const share = (value: number) => Math.min(1, Math.max(0, (value - low) / (high - low)));
  return picture(LEFT + WIDTH + 80, TOP + frame.height + 46, title, [
    axes(frame, { name: unit, ticks }, { name: '', ticks: [] }),
    ...groups.map(({ name }, group) => {
      const across = LEFT + group * LEGEND_WIDTH;
      const box = { x: across, y: 44, width: 10, height: 10, fill: COLOURS[group % COLOURS.length]! };
      return element('rect', box) + text(across + 16, 53, shortened(name));
    }),
    ...bars.map((bar, at) => {
      const down = TOP + at * step + GAP / 2 + (groups.length * BAR) / 2 + 4;
      return text(LEFT - 8, down, shortened(bar), { 'text-anchor': 'end' });
    }),
    ...bars.flatMap((bar, at) =>
      groups.map(({ name, values }, group) => {
        const value = values[at] ?? Number.NaN;
        if (!Number.isFinite(value)) return '';
        const y = TOP + at * step + GAP / 2 + group * BAR;
        const end = acrossOf(frame, share(value));
        const fill = COLOURS[group % COLOURS.length]!;
        const box = { x: LEFT, y, width: Math.max(end - LEFT, 1), height: BAR - 2, fill };
        const told = element('title', {}, escaped(`${name}, ${bar}: ${shown(value)}`));
        return element('rect', box, told) + text(end + 6, y + BAR - 4, shown(value), { 'font-size': '11' });
      }),
    ),
  ]);
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
const shown = (value: number): string => String(Number(value.toPrecision(4)));
const shortened = (name: string): string =>
  name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
