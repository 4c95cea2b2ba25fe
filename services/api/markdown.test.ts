import { expect, test } from 'vitest';
import { htmlOf } from './markdown.ts';

const bodyOf = (markdown: string) => /<body>\n([\s\S]*)\n<\/body>/.exec(htmlOf(markdown, 'a card'))?.[1];

test.each([
  ['a heading and a paragraph of two lines', '# A\nb\nc', '<h1>A</h1>\n<p>b c</p>'],
  ['a list whose item goes on', '- a\n  b\n- c', '<ul>\n<li>a b</li>\n<li>c</li>\n</ul>'],
  ['a list behind words', 'these:\n- a', '<p>these:</p>\n<ul>\n<li>a</li>\n</ul>'],
  [
    'a table with an empty cell',
    '| a | |\n|---|---|\n| 1 | 2 |',
    '<table>\n<tr><th>a</th><th></th></tr>\n<tr><td>1</td><td>2</td></tr>\n</table>',
  ],
  ['code and bold', '`**x** <b>` is **y**', '<p><code>**x** &lt;b&gt;</code> is <strong>y</strong></p>'],
])('%s', (_what, markdown, html) => {
  expect(bodyOf(markdown)).toBe(html);
});

test('no text of a card becomes markup', () => {
  const html = htmlOf(
    '# <script>alert(1)</script>\n[x](javascript:alert(1)) <img src=x onerror="y">',
    '"><script>',
  );
  expect(html).not.toMatch(/<script|<img|<a |href/);
  expect(html).toContain('<title>&quot;&gt;&lt;script&gt;</title>');
});
