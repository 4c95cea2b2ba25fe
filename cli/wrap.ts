import { stripVTControlCharacters } from 'node:util';

/** Columns that a text takes on a terminal; styles take none. */
export const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** A text on lines of at most `width` columns, broken between words, and within one that is longer. */
export function wrapped(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    for (; widthOf(line) > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line];
}

/** The same, indented: the first line after `head`, the others below what follows it. */
export function hanging(head: string, text: string, width: number): string {
  const indent = ' '.repeat(widthOf(head));
  const [first = '', ...rest] = wrapped(text, Math.max(MIN_TEXT, width - indent.length));
  return [head + first, ...rest.map((line) => indent + line)].join('\n');
}

const MIN_TEXT = 20;

const BARS = '▁▂▃▄▅▆▇█';

/** Values as bars, the smallest lowest: at least `span` lies between the lowest and the highest bar. The last `width`. */
export function sparkline(values: readonly number[], span: number, width: number): string {
  const shown = values.slice(-width);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const range = Math.max(most - least, span, Number.MIN_VALUE);
  const floor = (least + most - range) / 2;
  return shown
    .map((value) => BARS[Math.min(BARS.length - 1, Math.floor(((value - floor) / range) * BARS.length))])
    .join('');
}
