import type { Curve } from './curve.ts';
import { number } from './format.ts';

const [WIDTH, HEIGHT] = [720, 400];
const FRAME = { left: 70, top: 50, right: 20, bottom: 50 };
/** on white, each with a contrast of 4.5 : 1 or more */
const COLOURS = ['#0b57b8', '#a8201a', '#11652f', '#6f3cb5', '#7a4b00', '#0a6470'];
const TICKS = 5;
const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => MARKUP[character]!);

/** Lines over one axis as a picture by itself, on white; a gap where a curve has no value. */
export function curvesAsSvg(
  title: string,
  axis: string,
  x: readonly number[],
  curves: readonly Curve[],
): string {
  const values = curves.flatMap((curve) => curve.values.filter((value) => value !== null));
  const [left, right] = rangeOf(x);
  const [low, high] = rangeOf(values);
  const inner = { width: WIDTH - FRAME.left - FRAME.right, height: HEIGHT - FRAME.top - FRAME.bottom };
  const across = (value: number) => round(FRAME.left + ((value - left) / (right - left)) * inner.width);
  const down = (value: number) => round(FRAME.top + (1 - (value - low) / (high - low)) * inner.height);
  const ticks = (from: number, to: number) =>
    Array.from({ length: TICKS }, (_, at) => from + (at * (to - from)) / (TICKS - 1));
  const text = (content: string, at: string) => `<text ${at}>${escaped(content)}</text>`;
  const bottom = FRAME.top + inner.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(title, 'x="16" y="24" font-size="15" font-weight="600"'),
    ...ticks(low, high).map(
      (value) =>
        `<line x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${down(value)}" y2="${down(value)}" stroke="#d5d9e0"/>${text(number(value, 3), `x="${FRAME.left - 6}" y="${down(value) + 4}" text-anchor="end"`)}`,
    ),
    ...ticks(left, right).map((value) =>
      text(number(value, 3), `x="${across(value)}" y="${bottom + 18}" text-anchor="middle"`),
    ),
    text(axis, `x="${FRAME.left + inner.width / 2}" y="${HEIGHT - 10}" text-anchor="middle"`),
    ...curves.flatMap(({ name, values }, at) => [
      ...pieces(values).map(
        (piece) =>
          `<polyline fill="none" stroke="${COLOURS[at % COLOURS.length]}" stroke-width="2" points="${piece.map((i) => `${across(x[i]!)},${down(values[i]!)}`).join(' ')}"/>`,
      ),
      text(
        name,
        `x="${WIDTH - FRAME.right}" y="${FRAME.top + 14 * at}" text-anchor="end" fill="${COLOURS[at % COLOURS.length]}"`,
      ),
    ]),
    '</svg>',
  ].join('\n');
}

const round = (value: number): number => Math.round(10 * value) / 10;

/** With some room where all are equal. */
function rangeOf(values: readonly number[]): readonly [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = values.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ) as [number, number];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** The places of values that follow each other. */
function pieces(values: readonly (number | null)[]): number[][] {
  const found: number[][] = [];
  for (const [at, value] of values.entries()) {
    if (value === null) continue;
    if (at > 0 && values[at - 1] !== null) found.at(-1)!.push(at);
    else found.push([at]);
  }
  return found;
}
