import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { number } from './format.ts';
import { html, type View } from './html.ts';
import { halfAround, indexAfter } from './keys.ts';
import { csvOf, Save } from './save.ts';
import { smoothed } from './smooth.ts';

const HEIGHT = 280;
/** of fewer values each has a dot */
const FEW = 60;
/** Colours of the style sheet: they follow light and dark. */
const COLOUR_VARIABLES = ['--line-0', '--line-1', '--line-2', '--line-3', '--line-4', '--line-5'];
/** of the envelope, over which the line is seen */
const ENVELOPE_OPACITY = 0.25;

/** Values over steps, in buckets: each with its extremes. */
export interface Curve {
  name: string;
  steps: readonly number[];
  mean: readonly (number | null)[];
  /** extremes of each bucket; none where each value is its own */
  least?: readonly (number | null)[];
  most?: readonly (number | null)[];
}

/** Asks for a part of the steps; for all of them without one. */
export type Zoom = (part?: readonly [from: number, to: number]) => void;

/**
 * Lines over one axis with the envelope of their extremes, values at the pointer, and the numbers as CSV. Dragging across
 * asks for a part, as keys do. Smoothing is of what is drawn: the envelope stays.
 */
export function Curves(props: {
  title: string;
  axis: string;
  curves: readonly Curve[];
  /** weight of what was before, from 0 to below 1 */
  smoothing?: number;
  /** the same drawn by the API */
  svgPath?: string;
  onZoom?: Zoom;
  /** the id of what says which keys there are */
  describedBy?: string;
}): View {
  const { title, axis, curves, smoothing = 0, svgPath, onZoom, describedBy } = props;
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const [told, setTold] = useState('');
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  /** the index where a part begins that is being marked */
  const anchor = useRef<number | undefined>(undefined);
  const isAsked = useRef(false);
  useEffect(() => {
    const element = place.current!;
    const plot = new uPlot(
      optionsOf(element, { axis, curves, smoothing, zoom: (part) => zoom.current?.(part) }),
      aligned(curves, smoothing),
      element,
    );
    drawn.current = plot;
    anchor.current = undefined;
    setTold(isAsked.current ? `shown: ${axis} ${toldPart(plot, 0, plot.data[0].length - 1)}` : '');
    isAsked.current = false;
    const fit = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      plot.destroy();
    };
  }, [JSON.stringify([axis, curves, smoothing])]);
  const move = (plot: uPlot, next: number, isMarking: boolean) => {
    const before = plot.cursor.idx ?? next;
    anchor.current = isMarking ? (anchor.current ?? before) : undefined;
    showAt(plot, next);
    const part = mark(plot, anchor.current, next);
    setTold(part ? `marked: ${axis} ${toldPart(plot, ...part)}` : toldAt(plot, next, axis, curves));
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const plot = drawn.current!;
    const at = plot.cursor.idx ?? undefined;
    const next = indexAfter(event.key, at, plot.data[0].length);
    const part = onZoom && partOf(event.key, at, anchor.current, plot.data[0]);
    if (next !== undefined) move(plot, next, event.shiftKey && onZoom !== undefined);
    else if (part !== undefined) {
      isAsked.current = true;
      onZoom?.(part ?? undefined);
    } else return;
    event.preventDefault();
  };
  return html`<figure>
    <figcaption>${title}${smoothing > 0 && html` <span class="quiet">smoothed by ${smoothing}</span>`}
      ${' '}<${Save} name="CSV" fileName=${`${title}.csv`} text=${() => asCsv(axis, curves)} />
      ${svgPath && html` <${Save} name="SVG" fileName=${`${title}.svg`} path=${svgPath} />`}</figcaption>
    <div tabindex="0" role="group" aria-label=${`${title}: arrow keys tell its values`} aria-describedby=${describedBy} onKeyDown=${press}>
      <div ref=${place} role="img" aria-label=${described(title, curves)}></div>
    </div>
    <p class="away" role="status">${told}</p>
  </figure>`;
}

/** Moves the cursor of a plot to a value, as a pointer would. */
function showAt(plot: uPlot, index: number): void {
  const left = plot.valToPos(plot.data[0][index]!, 'x');
  plot.setCursor({ left, top: plot.over.clientHeight / 2 });
}

const ordered = (a: number, b: number): [number, number] => [Math.min(a, b), Math.max(a, b)];

/** Marks the values from the anchor to another one, as a drag does, or none; both are told if there are two. */
function mark(plot: uPlot, anchor: number | undefined, index: number): [number, number] | undefined {
  const part = ordered(anchor ?? index, index);
  const [left, right] = part.map((at) => plot.valToPos(plot.data[0][at]!, 'x')) as [number, number];
  const height = right > left ? plot.over.clientHeight : 0;
  plot.setSelect({ left, width: right - left, top: 0, height }, false);
  return part[1] > part[0] ? part : undefined;
}

/** The steps that a key asks for: what is marked, half of them around a value, all (null); undefined for other keys. */
function partOf(
  key: string,
  at: number | undefined,
  anchor: number | undefined,
  steps: ArrayLike<number>,
): readonly [from: number, to: number] | null | undefined {
  if (key === '0') return null;
  if (at === undefined) return undefined;
  const wanted =
    key === '+'
      ? halfAround(at, steps.length)
      : key === 'Enter' && anchor !== undefined && ordered(anchor, at);
  return wanted ? [steps[wanted[0]]!, steps[wanted[1]]!] : undefined;
}

const toldPart = (plot: uPlot, from: number, to: number): string =>
  `${number(plot.data[0][from])} to ${number(plot.data[0][to])}`;

/** What all lines are at a value of the axis; of a bucket its mean. */
function toldAt(plot: uPlot, index: number, axis: string, curves: readonly Curve[]): string {
  const values = curves.flatMap(({ name }, i) => {
    const value = plot.data[i + 1]![index];
    return value === undefined || value === null ? [] : [`${name} ${number(value)}`];
  });
  return `${axis} ${number(plot.data[0][index]!)}: ${values.join(', ')}`;
}

/** The lines of all curves, and of those with extremes both ends of their envelope, over the steps of all. */
function aligned(curves: readonly Curve[], smoothing: number): uPlot.AlignedData {
  const x = [...new Set(curves.flatMap(({ steps }) => steps))].sort((a, b) => a - b);
  const placed = ({ steps }: Curve, values: readonly (number | null)[]) => {
    const at = new Map(steps.map((step, i) => [step, values[i] ?? null]));
    return x.map((step) => at.get(step)); // undefined: the line goes on across it
  };
  const lines = curves.map((curve) => placed(curve, smoothed(curve.mean, smoothing)));
  const ends = curves.flatMap((curve) =>
    curve.most && curve.least ? [placed(curve, curve.most), placed(curve, curve.least)] : [],
  );
  return [x, ...lines, ...ends];
}

interface Drawn {
  axis: string;
  curves: readonly Curve[];
  smoothing: number;
  zoom: Zoom;
}

function optionsOf(element: HTMLElement, { axis, curves, zoom }: Drawn): uPlot.Options {
  const colour = (index: number) => colourOf(COLOUR_VARIABLES[index % COLOUR_VARIABLES.length]!, element);
  const [ink, grid] = [colourOf('--ink', element), colourOf('--rule', element)];
  const axes = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const spread = curves.flatMap((curve, i) => (curve.most && curve.least ? [i] : []));
  const first = curves.length + 1; // of the ends; series 0 is the axis
  const few = curves.every(({ steps }) => steps.length < FEW);
  const value: uPlot.Series.Value = (_, at) => number(at);
  const end = (i: number, name: string) => ({
    label: `${curves[i]!.name} ${name}`,
    stroke: 'transparent',
    points: { show: false },
    value,
  });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [
      { ...axes, label: axis },
      { ...axes, size: 64, values: (_, ticks) => ticks.map((tick) => number(tick, 3)) },
    ],
    series: [
      { label: axis, value },
      ...curves.map(({ name }, i) => ({
        ...{ label: name, stroke: colour(i), width: 2, value },
        points: { show: few },
        spanGaps: false,
      })),
      ...spread.flatMap((i) => [end(i, 'greatest'), end(i, 'least')]),
    ],
    bands: spread.map((i, at) => ({
      series: [first + 2 * at, first + 2 * at + 1],
      fill: faint(colour(i)),
    })),
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width === 0) return;
          zoom([Math.floor(plot.posToVal(left, 'x')), Math.ceil(plot.posToVal(left + width, 'x'))]);
        },
      ],
    },
  };
}

/** A colour of the style sheet as a canvas takes it: of light or dark, whichever is shown. */
function colourOf(variable: string, element: HTMLElement): string {
  element.style.color = `var(${variable})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

const faint = (colour: string): string => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${ENVELOPE_OPACITY})`);

const asCsv = (axis: string, curves: readonly Curve[]): string =>
  csvOf([
    ['curve', axis, 'mean', 'least', 'most'],
    ...curves.flatMap(({ name, steps, mean, least, most }) =>
      steps.map((step, i) => [name, step, mean[i], least?.[i] ?? mean[i], most?.[i] ?? mean[i]]),
    ),
  ]);

const described = (title: string, curves: readonly Curve[]): string =>
  `${title}: ${curves
    .map(({ name, mean, least = mean, most = mean }) => {
      const [low, high] = [least, most].map((all) => all.filter((value) => value !== null)) as [
        number[],
        number[],
      ];
      if (high.length === 0) return `${name} has no value`;
      const ends = `from ${number(mean[0])} to ${number(mean.at(-1))}`;
      return `${name} ${ends}, at least ${number(low.reduce((a, b) => Math.min(a, b)))}, at most ${number(high.reduce((a, b) => Math.max(a, b)))}`;
    })
    .join('; ')}`;
