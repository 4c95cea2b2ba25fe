/**
 * Markdown, as far as model cards use it, as a page of HTML: headings, paragraphs, lists, tables, `code` and **bold**. All
 * else is shown as the text that it is, and no text becomes markup: a card holds words of others.
 */
export function htmlOf(markdown: string, title: string): string {
  const body = blocksOf(markdown).map(blockHtml).join('\n');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escaped(title)}</title></head>
<body>
${body}
</body>
</html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!);

/** Lines that belong together: a block ends at a blank line, and a heading is one by itself. */
function blocksOf(markdown: string): string[][] {
  const blocks: string[][] = [[]];
  for (const line of markdown.split(/\r?\n/)) {
    const isHeading = HEADING.test(line);
    if (line.trim() === '' || isHeading) blocks.push([]);
    if (line.trim() !== '') blocks.at(-1)!.push(line);
    if (isHeading) blocks.push([]);
  }
  return blocks.filter((block) => block.length > 0);
}

const HEADING = /^(#{1,6}) +(.*)$/;
const ITEM = /^- +(.*)$/;
const TABLE_RULE = /^\|(?: *:?-+:? *\|)+$/;

function blockHtml(lines: readonly string[]): string {
  const [first = '', second = ''] = lines;
  const heading = HEADING.exec(first);
  if (heading) return `<h${heading[1]!.length}>${inline(heading[2]!)}</h${heading[1]!.length}>`;
  if (first.startsWith('|') && TABLE_RULE.test(second)) return tableHtml(first, lines.slice(2));
  const start = lines.findIndex((line) => ITEM.test(line));
  if (start === -1) return `<p>${inline(lines.join(' '))}</p>`;
  const before = start === 0 ? '' : `<p>${inline(lines.slice(0, start).join(' '))}</p>\n`;
  return before + listHtml(lines.slice(start));
}

/** A line that is no item continues the one before. */
function listHtml(lines: readonly string[]): string {
  const items: string[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line)?.[1];
    if (item !== undefined) items.push(item);
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return `<ul>\n${items.map((item) => `<li>${inline(item)}</li>`).join('\n')}\n</ul>`;
}

function tableHtml(head: string, rows: readonly string[]): string {
  const row = (line: string, tag: 'th' | 'td') =>
    `<tr>${cellsOf(line)
      .map((cell) => `<${tag}>${inline(cell)}</${tag}>`)
      .join('')}</tr>`;
  return `<table>\n${[row(head, 'th'), ...rows.map((line) => row(line, 'td'))].join('\n')}\n</table>`;
}

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

/** `code` first: within it nothing else counts. */
const inline = (text: string): string =>
  text
    .split(/(`[^`]+`)/)
    .map((part, index) =>
      index % 2 === 1
        ? `<code>${escaped(part.slice(1, -1))}</code>`
        : escaped(part).replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>'),
    )
    .join('');
