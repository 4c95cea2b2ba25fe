import { expect, test } from 'vitest';
import { cardPage } from './card-page.ts';

const bodyOf = (markdown: string) => /<body>\n([\s\S]*)<\/body>/.exec(cardPage(markdown, 'm'))?.[1];

test('a card is headings, paragraphs, tables and lists', () => {
  expect(bodyOf('# m\n\n`code` and **weight**\n\n- one\n  line\n')).toBe(
    '<h1>m</h1>\n<p><code>code</code> and <strong>weight</strong></p>\n<ul>\n<li>one\nline</li>\n</ul>\n',
  );
  expect(bodyOf('| field | type |\n|---|---|\n| a\\|b | text |\n')).toContain('<td>a|b</td>\n<td>text</td>');
});

test.each([
  '<script>alert(1)</script>',
  '# <img src=x onerror=alert(1)>',
  '- `<b onclick="x">`',
  '| <svg/onload=x> |',
  '[x](javascript:alert(1))',
  '[x](https://example.com) <https://example.com> ![y](https://example.com/y.png)',
])('%s is text', (markdown) => {
  const tags = cardPage(markdown, markdown).match(/<[a-z!/][^>]*>/g) ?? [];
  expect(tags.filter((tag) => /script|img|svg|onclick|href/.test(tag))).toEqual([]);
});
