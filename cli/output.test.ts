import { expect, test } from 'vitest';
import { table } from './output.ts';
import { hanging, sparkline, widthOf, wrapped } from './wrap.ts';

const RED = '\u001b[31m';
const OFF = '\u001b[39m';

test('a text is broken between words, and within a word that is longer than the line', () => {
  expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrapped('a-very-long-word', 6)).toEqual(['a-very', '-long-', 'word']);
  expect(wrapped('fits', 4)).toEqual(['fits']);
});

test('styles take no columns', () => {
  expect(widthOf(`${RED}bad${OFF}`)).toBe(3);
  expect(wrapped(`so ${RED}bad${OFF} it is`, 6)).toEqual([`so ${RED}bad${OFF}`, 'it is']);
});

test('what follows a head stands below its first line', () =>
  expect(hanging('drift     ', 'confidence moved most: within', 32)).toBe(
    'drift     confidence moved most:\n          within',
  ));

test('a table never exceeds its width: the widest text is broken, numbers are not', () => {
  const rows = [
    ['v1.0.0', 'a reason that is long enough to be broken', 1_234],
    ['v1.10.0', null, 2],
  ];
  const lines = table(['version', 'why', 'samples'], rows, 40).split('\n');
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(40);
  expect(lines[0]).toBe('  version  why                   samples');
  expect(lines.slice(1, 3)).toEqual([
    '  v1.0.0   a reason that is         1234',
    '           long enough to be',
  ]);
  expect(table(['why'], [['no width, no break']])).toBe('  why\n  no width, no break');
});

test('a sparkline shows the last values, at least a span apart from bottom to top', () => {
  expect(sparkline([0, 0.5, 1], 0.1, 8)).toBe('▁▅█');
  expect(sparkline([0.8, 0.8], 0.1, 8)).toBe('▅▅');
  expect(sparkline([0, 0, 1], 0.1, 2)).toBe('▁█');
});
