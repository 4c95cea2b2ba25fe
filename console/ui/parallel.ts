import { useEffect, useState } from 'preact/hooks';
import { html, type View } from './html.ts';
import { Picture } from './picture.ts';
import type { Brush } from './scale.ts';

/** A shorter drag is a click, which takes the brush away. */
const LEAST_DRAG = 0.02;
/** Where an axis can be grabbed, at both sides of it. */
const GRIP = 14;
/** How far beyond both ends: a drag that begins at an end includes that end. */
const BEYOND = 8;
const BRUSH = 7;
const SVG = 'http://www.w3.org/2000/svg';

interface Brushing {
  brushes: readonly Brush[];
  onBrush(brushes: readonly Brush[]): void;
  /** whether a trial lies within the brushes */
  isWithin(trial: number): boolean;
}

/** The parallel coordinates that the API draws; dragging along an axis keeps the lines between the ends of the drag. */
export function Parallel(
  props: Brushing & { title: string; path: string; csvPath: string; state: number },
): View {
  const { title, path, csvPath, state, ...brushing } = props;
  const [picture, setPicture] = useState<Element>();
  // not at each render: a drag that goes on would lose what it holds
  useEffect(
    () => (picture ? withBrushes(picture, brushing) : undefined),
    [picture, JSON.stringify(brushing.brushes), state],
  );
  return html`<${Picture} title=${title} path=${path} csvPath=${csvPath} state=${state} onDrawn=${setPicture} />`;
}

/** Adds to each axis what can be grabbed and what is kept, and fades the other lines. Returns what takes it away again. */
function withBrushes(picture: Element, { brushes, onBrush, isWithin }: Brushing): () => void {
  for (const line of picture.querySelectorAll<SVGElement>('[data-trial]'))
    line.classList.toggle('faded', !isWithin(Number(line.dataset.trial)));
  const added = [...picture.querySelectorAll<SVGLineElement>('[data-axis]')].flatMap((axis) => {
    const name = axis.dataset.axis!;
    const [x, top, bottom] = [axis.x1, axis.y1, axis.y2].map(({ baseVal }) => baseVal.value) as [
      number,
      number,
      number,
    ];
    const height = bottom - top;
    const brush = brushes.find((each) => each.name === name);
    const kept =
      brush &&
      rectangle(
        'brush',
        x - BRUSH,
        top + (1 - brush.to) * height,
        2 * BRUSH,
        (brush.to - brush.from) * height,
      );
    const grip = rectangle('grip', x - GRIP, top - BEYOND, 2 * GRIP, height + 2 * BEYOND);
    grip.addEventListener('pointerdown', (event) =>
      follow(event, grip, height, (from, to) => {
        const others = brushes.filter((each) => each.name !== name);
        onBrush(to - from < LEAST_DRAG ? others : [...others, { name, from, to }]);
      }),
    );
    return kept ? [kept, grip] : [grip];
  });
  picture.append(...added);
  return () => {
    for (const each of added) each.remove();
  };
}

function rectangle(kind: string, x: number, y: number, width: number, height: number): SVGRectElement {
  const made = document.createElementNS(SVG, 'rect');
  made.setAttribute('class', kind);
  for (const [name, value] of Object.entries({ x, y, width, height })) made.setAttribute(name, String(value));
  return made;
}

/** The ends of a drag along an axis, from 0 at its bottom to 1, the lower one first. */
function follow(
  event: PointerEvent,
  grip: SVGRectElement,
  axisHeight: number,
  then: (from: number, to: number) => void,
): void {
  const positionAt = ({ clientY }: PointerEvent) => {
    const { top, height } = grip.getBoundingClientRect();
    const along = ((clientY - top) / height) * (axisHeight + 2 * BEYOND) - BEYOND;
    return Math.min(Math.max(1 - along / axisHeight, 0), 1);
  };
  const start = positionAt(event);
  grip.setPointerCapture(event.pointerId);
  const end = (last: PointerEvent) => {
    const [from, to] = [start, positionAt(last)].toSorted((a, b) => a - b) as [number, number];
    then(from, to);
  };
  grip.addEventListener('pointerup', end, { once: true });
}
