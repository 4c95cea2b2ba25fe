/** A mark of an axis: where, from 0 to 1, and what it says. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => MARKUP[character]!);

type Attributes = Readonly<Record<string, string | number>>;

/** An element; numbers to a tenth of a pixel. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const given = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === 'number' ? String(Math.round(value * 10) / 10) : escaped(value);
    return ` ${key}="${text}"`;
  });
  return content === '' ? `<${name}${given.join('')}/>` : `<${name}${given.join('')}>${content}</${name}>`;
}

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escaped(content));

/** A point with what it says when the pointer rests on it. */
export const point = (x: number, y: number, title: string, attributes: Attributes): string =>
  element('circle', { cx: x, cy: y, r: 4, ...attributes }, element('title', {}, escaped(title)));

const INK = '#1f2933';
const GRID = '#d9e0e6';
export const MUTED = '#5b6672';
export const ACCENT = '#c2410c';
/** of points and bars; no colour of `colourOf`, since a page changes it in dark mode */
export const BLUE = '#2b5f91';

/** A whole picture, light and by itself: it needs neither a script nor a font. */
export const picture = (width: number, height: number, title: string, content: readonly string[]): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': title,
      'font-family': 'system-ui, sans-serif',
      'font-size': '12',
      fill: INK,
    },
    [
      element('rect', { width, height, fill: '#ffffff' }),
      text(16, 24, title, { 'font-size': '15', 'font-weight': '600' }),
      ...content,
    ].join('\n'),
  );

/** Where a plot has its axes, in pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const acrossOf = ({ left, width }: Frame, at: number): number => left + at * width;
export const downOf = ({ top, height }: Frame, at: number): number => top + (1 - at) * height;

/** The lines and the numbers of both axes, with their names. */
export function axes(
  frame: Frame,
  x: { readonly name: string; readonly ticks: readonly Tick[] },
  y: { readonly name: string; readonly ticks: readonly Tick[] },
): string {
  const bottom = frame.top + frame.height;
  return [
    ...y.ticks.map(({ at, label }) => {
      const height = downOf(frame, at);
      const line = { x1: frame.left, x2: frame.left + frame.width, y1: height, y2: height, stroke: GRID };
      return element('line', line) + text(frame.left - 6, height + 4, label, { 'text-anchor': 'end' });
    }),
    ...x.ticks.map(({ at, label }) => {
      const across = acrossOf(frame, at);
      const line = { x1: across, x2: across, y1: bottom, y2: bottom + 4, stroke: MUTED };
      return element('line', line) + text(across, bottom + 17, label, { 'text-anchor': 'middle' });
    }),
    element('line', { x1: frame.left, x2: frame.left + frame.width, y1: bottom, y2: bottom, stroke: MUTED }),
    text(frame.left + frame.width / 2, bottom + 34, x.name, { 'text-anchor': 'middle', fill: MUTED }),
    text(frame.left, frame.top - 8, y.name, { fill: MUTED }),
  ].join('\n');
}

/** From bad to good; also told apart by who sees no red or no green (a part of viridis, light end first). */
const COLOURS = [
  [222, 227, 160],
  [122, 200, 130],
  [43, 150, 139],
  [52, 96, 141],
  [65, 30, 100],
] as const;

/** @param goodness from 0 to 1 */
export function colourOf(goodness: number): string {
  const place = Math.min(Math.max(goodness, 0), 1) * (COLOURS.length - 1);
  const below = Math.min(Math.floor(place), COLOURS.length - 2);
  const mixed = COLOURS[below]!.map((channel, at) =>
    Math.round(channel + (place - below) * (COLOURS[below + 1]![at]! - channel)),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
