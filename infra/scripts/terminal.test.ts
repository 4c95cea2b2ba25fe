import { expect, test } from 'vitest';
import { pictureOf, textOf } from './terminal.ts';

const ESC = '\u001b';
/** What a terminal gets: a line that is overwritten, then a green word. */
const RECORDED = `[#...] 1 of 2\r${ESC}[Ka < b: ${ESC}[32mpromoted${ESC}[0m\r\nlast\r\n`;

test('a recording is a picture in its colours, without lines that were overwritten', () => {
  const picture = pictureOf(RECORDED, 'a title');
  expect(picture).toContain('<title>a title</title>');
  expect(picture).toContain('<tspan >a &lt; b: </tspan><tspan fill="#7ee787">promoted</tspan>');
  expect(picture).not.toContain('1 of 2');
});

test('a recording without colours is text; a colour or a line that is too wide is refused', () => {
  expect(textOf('a\r\nb  \r\n', 80)).toBe('a\nb\n');
  expect(() => textOf(RECORDED, 80)).toThrow('not plain text');
  expect(() => textOf('abc\n', 2)).toThrow('of 2 columns');
});
