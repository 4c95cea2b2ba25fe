/** What a command printed on a terminal, as a picture and as text; lines that are overwritten are left out. */
import { stripVTControlCharacters } from 'node:util';

const LINE = 18;
const CHARACTER = 8.43;
const MARGIN = 16;
const COLOURS: Readonly<Record<string, string>> = {
  1: 'font-weight="bold"',
  2: 'opacity="0.6"',
  31: 'fill="#ff7b72"',
  32: 'fill="#7ee787"',
  33: 'fill="#e3b341"',
};

const escaped = (part: string): string =>
  part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const ESCAPE = '\u001b';
const STYLE = new RegExp(`${ESCAPE}\\[([\\d;]*)m`, 'g');
const OVERWRITTEN = new RegExp(`^[^\\n]*(?:\\r|${ESCAPE}\\[K)`);

const linesOf = (recorded: string): string[] =>
  recorded
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').replace(OVERWRITTEN, ''));

/** The parts of a line, each with its style: `split` gives texts and codes of styles by turns. */
const parts = (line: string): string =>
  line
    .split(STYLE)
    .map((part, i, all) =>
      i % 2 === 1 || part === '' ? '' : `<tspan ${COLOURS[all[i - 1] ?? ''] ?? ''}>${escaped(part)}</tspan>`,
    )
    .join('');

/** The terminal as it stands at the end, as SVG in its colours. */
export function pictureOf(recorded: string, title: string): string {
  const lines = linesOf(recorded);
  const columns = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const [width, height] = [Math.ceil(columns * CHARACTER) + 2 * MARGIN, lines.length * LINE + 2 * MARGIN];
  const rows = lines.map((line, row) => `<text y="${MARGIN + (row + 1) * LINE - 4}">${parts(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g transform="translate(${MARGIN} 0)" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`;
}

/** Its text. Throws where there is still a colour in it, or a line that is wider than the terminal. */
export function textOf(recorded: string, columns: number): string {
  const lines = linesOf(recorded);
  const wrong = lines.find((line) => line.includes(ESCAPE) || line.length > columns);
  if (wrong !== undefined) throw new Error(`not plain text of ${columns} columns: ${JSON.stringify(wrong)}`);
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
