import { expect, test } from 'vitest';
import { curvesAsSvg } from './curves-svg.ts';

test('curves are a picture by itself: names are escaped, all places are numbers, a missing value is a gap', () => {
  const svg = curvesAsSvg(
    'Loss <b>',
    'epoch',
    [1, 2, 3, 4, 5],
    [
      { name: 'a & b', values: [0.9, 0.5, null, 0.2, 0.1] },
      { name: 'equal', values: [0.5, 0.5, 0.5, 0.5, 0.5] },
    ],
  );
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>$/);
  expect(svg).toContain('Loss &lt;b&gt;');
  expect(svg).toContain('a &amp; b');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(svg.match(/<polyline/g)).toHaveLength(3);
  expect(svg).toContain('points="70,50 227.5,200'); // from the highest value down to the middle
});

test('no value, or one, is a picture too', () => {
  expect(curvesAsSvg('none', 'epoch', [], [])).not.toMatch(/NaN|Infinity/);
  expect(curvesAsSvg('one', 'epoch', [1], [{ name: 'a', values: [1] }])).not.toMatch(/NaN|Infinity/);
});
