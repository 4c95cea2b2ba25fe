import { csvOf, type Plot } from './plot.ts';
import { ACCENT, colourOf, element, escaped, picture, text } from './svg.ts';

/** A value for each row and column. */
export interface Heat {
  readonly name: string;
  readonly title: string;
  /** what a value is, with its unit */
  readonly value: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** undefined: it has no value */
  cellOf(row: number, column: number): HeatCell | undefined;
  /** from which a cell has its full colour */
  readonly full: number;
}

export interface HeatCell {
  readonly value: number;
  /** it is framed: it passed its bound */
  readonly isMarked: boolean;
  /** shown where the pointer rests */
  readonly told: string;
}

const [CELL_WIDTH, CELL_HEIGHT, LEFT, TOP] = [44, 24, 200, 130] as const;
const NAME_LENGTH = 30;
/** from this share of the full colour on, white is read better than ink */
const DARK = 0.55;

/** Values by colour: the darker, the larger. */
export const heatPlot = (heat: Heat): Plot => ({
  name: heat.name,
  title: heat.title,
  svg: () => drawn(heat),
  csv: () =>
    csvOf(
      ['', ...heat.columns],
      heat.rows.map((row, at) => [row, ...heat.columns.map((_, of) => heat.cellOf(at, of)?.value ?? null)]),
    ),
});

function drawn({ title, value: unit, rows, columns, cellOf, full }: Heat): string {
  const width = Math.max(LEFT + columns.length * CELL_WIDTH + 80, 420);
  return picture(width, TOP + rows.length * CELL_HEIGHT + 20, title, [
    text(16, 44, `${unit}; full colour from ${full}; a frame: it passed its bound`),
    ...columns.map((column, at) => {
      const [x, y] = [LEFT + at * CELL_WIDTH + CELL_WIDTH / 2, TOP - 8];
      return text(x, y, shortened(column), { transform: `rotate(-45 ${x} ${y})` });
    }),
    ...rows.flatMap((row, at) => [
      text(LEFT - 8, TOP + at * CELL_HEIGHT + 16, shortened(row), { 'text-anchor': 'end' }),
      ...columns.map((_, of) => {
        const cell = cellOf(at, of);
        if (!cell) return '';
        const share = Math.min(Math.max(cell.value / full, 0), 1);
        const [x, y] = [LEFT + of * CELL_WIDTH, TOP + at * CELL_HEIGHT];
        const frame = cell.isMarked ? { stroke: ACCENT, 'stroke-width': 2 } : {};
        const box = { x: x + 1, y: y + 1, width: CELL_WIDTH - 3, height: CELL_HEIGHT - 3 };
        const ink = {
          'text-anchor': 'middle',
          'font-size': '11',
          fill: share > DARK ? '#fffffe' : '#1f2934',
        };
        return (
          element(
            'rect',
            { ...box, fill: colourOf(share), ...frame },
            element('title', {}, escaped(cell.told)),
          ) + text(x + CELL_WIDTH / 2, y + 16, String(Number(cell.value.toPrecision(2))), ink)
        );
      }),
    ]),
  ]);
}

const shortened = (name: string): string =>
  name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
