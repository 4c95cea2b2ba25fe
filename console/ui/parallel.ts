import { html, type View } from './html.ts';
import { type Brush, isWithin, type Scale } from './scale.ts';

const TOP = 40;
const HEIGHT = 260;
const LEFT = 70;
const GAP = 140;
/** A shorter drag is a click, which takes the brush away. */
const LEAST_DRAG = 0.02;
/** Where an axis can be grabbed, at both sides of it. */
const GRIP = 14;
/** How far beyond both ends: a drag that begins at an end includes that end. */
const BEYOND = 8;

/** A line of parallel coordinates. */
export interface Line {
  key: string;
  title: string;
  /** from 0 to 1, by the name of the axis; undefined where it has no value */
  positions: Readonly<Record<string, number | undefined>>;
  /** from 0 for the worst to 1 for the best */
  goodness: number;
}

/** Lines through axes side by side; dragging along an axis keeps those between its ends. */
export function Parallel(props: {
  title: string;
  scales: readonly Scale[];
  lines: readonly Line[];
  brushes: readonly Brush[];
  onBrush(brushes: readonly Brush[]): void;
}): View {
  const { title, scales, lines, brushes, onBrush } = props;
  const across = (at: number) => LEFT + at * GAP;
  const down = (position: number) => TOP + (1 - position) * HEIGHT;
  const width = 2 * LEFT + GAP * (scales.length - 1);
  const path = ({ positions }: Line) =>
    scales
      .flatMap(({ name }, at) => {
        const position = positions[name];
        return position === undefined ? [] : [`${across(at)},${down(position)}`];
      })
      .join(' ');
  const begin = (name: string) => (event: PointerEvent) => {
    const axis = event.currentTarget as SVGRectElement;
    const positionAt = ({ clientY }: PointerEvent) => {
      const { top, height } = axis.getBoundingClientRect();
      const along = ((clientY - top) / height) * (HEIGHT + 2 * BEYOND) - BEYOND;
      return Math.min(Math.max(1 - along / HEIGHT, 0), 1);
    };
    const start = positionAt(event);
    axis.setPointerCapture(event.pointerId);
    const end = (last: PointerEvent) => {
      const [from, to] = [start, positionAt(last)].toSorted((a, b) => a - b) as [number, number];
      const others = brushes.filter((brush) => brush.name !== name);
      onBrush(to - from < LEAST_DRAG ? others : [...others, { name, from, to }]);
    };
    axis.addEventListener('pointerup', end, { once: true });
  };
  const isShown = (line: Line) => isWithin(brushes, (name) => line.positions[name]);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label=${title}>
      <svg class="parallel" width=${width} height=${TOP + HEIGHT + 30} viewBox=${`0 0 ${width} ${TOP + HEIGHT + 30}`}>
        ${lines
          .toSorted((a, b) => a.goodness - b.goodness)
          .map(
            (line) =>
              html`<polyline points=${path(line)} class="line" stroke-opacity=${isShown(line) ? 0.25 + 0.75 * line.goodness : 0.06}><title>${line.title}</title></polyline>`,
          )}
        ${scales.map(({ name, marks }, at) => {
          const brush = brushes.find((each) => each.name === name);
          const last = Math.max(marks.length - 1, 1);
          return html`<g>
            <line x1=${across(at)} x2=${across(at)} y1=${TOP} y2=${TOP + HEIGHT} class="axis" />
            <text x=${across(at)} y=${TOP - 22} class="axis-name">${name}</text>
            ${marks.map((mark, i) => html`<text x=${across(at) + 6} y=${down(i / last) + 4} class="axis-mark">${String(mark)}</text>`)}
            ${brush && html`<rect class="brush" x=${across(at) - 7} width="14" y=${down(brush.to)} height=${down(brush.from) - down(brush.to)} />`}
            <rect class="grip" x=${across(at) - GRIP} width=${2 * GRIP} y=${TOP - BEYOND} height=${HEIGHT + 2 * BEYOND} onPointerDown=${begin(name)} />
          </g>`;
        })}
      </svg>
    </div>
  </figure>`;
}
