import { measure } from '../metrics/format.ts';
import { measureNamed } from '../metrics/operational.ts';
import type { Measured } from './subject.ts';

type Cell = string | number | null;

/** Text of somebody inside Markdown: it stays text, on one line. */
export const inline = (text: string): string =>
  text
    .replaceAll(/[\\|<>[\]`*]/g, (mark) => `\\${mark}`)
    .replaceAll(/\s+/g, ' ')
    .trim();

/** A table of Markdown; empty for no rows. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly Cell[]) => `| ${cells.map((cell) => inline(shown(cell))).join(' | ')} |`;
  return [line(headings), `|${headings.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

const shown = (cell: Cell): string => (cell === null ? '-' : typeof cell === 'number' ? number(cell) : cell);

/** To four digits. */
export const number = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));

/** The metrics of an evaluation with their intervals; those on parts of the samples, such as `recency.accuracy`, too. */
export function metricRows({ metrics, lower, upper }: Measured): string[][] {
  return Object.entries(metrics).map(([name, value]) => {
    const [low, high] = [lower[name], upper[name]];
    const interval =
      low === undefined || high === undefined ? '' : `${measure(name, low, 2)} to ${measure(name, high, 2)}`;
    const { unit, better } = measureNamed(name);
    return [name, measure(name, value, 2), interval, unit === '' ? '' : `${better} is better`];
  });
}
