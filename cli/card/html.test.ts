import { expect, test } from 'vitest';
import { cardPage } from './html.ts';

const bodyOf = (markdown: string) => /<body>\n([\s\S]*)\n<\/body>/.exec(cardPage(markdown, 'm'))?.[1];

test('headings, paragraphs, tables and lists', () => {
  const card = `# m

Two lines
of \`code\` and **weight**.

| field | type | |
|---|---|---|
| a\\|b | text | |

## Limits

- one
  line
- two
`;
  expect(bodyOf(card)).toBe(`<h1>m</h1>
<p>Two lines
of <code>code</code> and <strong>weight</strong>.</p>
<table>
<thead><tr><th>field</th><th>type</th><th></th></tr></thead>
<tbody>
<tr><td>a|b</td><td>text</td><td></td></tr>
</tbody>
</table>
<h2>Limits</h2>
<ul>
<li>one
  line
</li>
<li>two</li>
</ul>`);
});

test.each([
  '<script>alert(1)</script>',
  '# <img src=x onerror=alert(1)>',
  '- `<b onclick="x">`',
  '| <svg/onload=x> |',
  '[x](javascript:alert(1))',
])('%s is text', (markdown) => {
  const tags = cardPage(markdown, markdown).match(/<[a-z!/][^>]*>/g) ?? [];
  expect(tags.filter((tag) => /script|img|svg|onclick|href/.test(tag))).toEqual([]);
});
