/**
 * A model card as a page of its own. The card is the Markdown that ml/package/model-card.ts writes (headings, paragraphs,
 * tables, lists, code, bold); anything else in it, HTML of whoever described the model above all, is shown as text.
 */
export function cardPage(markdown: string, title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${blocksOf(markdown).map(htmlOf).join('\n')}
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; margin: 1.6em 0 0.5em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #8884; padding: 0.3em 1em 0.3em 0; text-align: left; vertical-align: top; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
`;

/** Lines between blank ones; a heading is by itself. */
const blocksOf = (markdown: string): string[][] =>
  markdown
    .replaceAll(/^(#+ .*)$/gm, '\n$1\n')
    .split(/\n\s*\n/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== ''))
    .filter((lines) => lines.length > 0);

function htmlOf(lines: readonly string[]): string {
  const [first = ''] = lines;
  const [, hashes = '', heading] = /^(#{1,6}) (.*)$/.exec(first) ?? [];
  if (heading !== undefined) return `<h${hashes.length}>${inline(heading)}</h${hashes.length}>`;
  if (lines.every((line) => line.startsWith('|'))) return tableOf(lines);
  if (first.startsWith('- ')) return `<ul>\n${itemsOf(lines).map(itemOf).join('\n')}\n</ul>`;
  return `<p>${inline(lines.join('\n'))}</p>`;
}

const itemOf = (item: string): string => `<li>${inline(item)}</li>`;

/** The items of a list, each with the lines that continue it. */
const itemsOf = (lines: readonly string[]): string[] =>
  lines
    .join('\n')
    .split(/^- /m)
    .filter((item) => item !== '');

function tableOf([head = '', ...rest]: readonly string[]): string {
  const rows = rest.filter((line) => !/^\|[\s|:-]+\|$/.test(line));
  const headings = cellsOf(head);
  const top = headings.some((heading) => heading !== '') ? `<thead>${rowOf(headings, 'th')}</thead>\n` : '';
  return `<table>\n${top}<tbody>\n${rows.map((row) => rowOf(cellsOf(row), 'td')).join('\n')}\n</tbody>\n</table>`;
}

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

const rowOf = (cells: readonly string[], tag: 'td' | 'th'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${inline(cell)}</${tag}>`).join('')}</tr>`;

const inline = (text: string): string =>
  escaped(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
