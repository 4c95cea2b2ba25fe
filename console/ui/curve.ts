import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { curvesAsSvg } from './curves-svg.ts';
import { html, type View } from './html.ts';

const HEIGHT = 260;
/** Colours of the style sheet: they follow light and dark. */
const COLOUR_VARIABLES = ['--line-0', '--line-1', '--line-2', '--line-3', '--line-4', '--line-5'];

export interface Curve {
  name: string;
  values: readonly (number | null)[];
}

/** Lines over one axis, with values at the pointer; and the same as CSV and as SVG. */
export function Curves(props: {
  title: string;
  axis: string;
  x: readonly number[];
  curves: readonly Curve[];
}): View {
  const { title, axis, x, curves } = props;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current!;
    const colour = (index: number) => colourOf(COLOUR_VARIABLES[index % COLOUR_VARIABLES.length]!, element);
    const [ink, grid] = [colourOf('--ink', element), colourOf('--rule', element)];
    const axes = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const options: uPlot.Options = {
      width: element.clientWidth,
      height: HEIGHT,
      scales: { x: { time: false } },
      axes: [{ ...axes, label: axis }, axes],
      series: [
        { label: axis },
        ...curves.map(({ name }, i) => ({
          label: name,
          stroke: colour(i),
          width: 2,
          points: { show: x.length < 60 },
        })),
      ],
    };
    const plot = new uPlot(options, [[...x], ...curves.map(({ values }) => [...values])], element);
    const fit = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      plot.destroy();
    };
  }, [JSON.stringify([axis, x, curves])]);
  return html`<figure>
    <figcaption>${title} <a download=${`${title}.csv`} href=${asCsv(axis, x, curves)}>CSV</a> <a download=${`${title}.svg`} href=${asSvg(title, axis, x, curves)}>SVG</a></figcaption>
    <div ref=${place} role="img" aria-label=${described(title, curves)}></div>
  </figure>`;
}

/** A colour of the style sheet as a canvas takes it: of light or dark, whichever is shown. */
function colourOf(variable: string, element: HTMLElement): string {
  element.style.color = `var(${variable})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

function asCsv(axis: string, x: readonly number[], curves: readonly Curve[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const head = [axis, ...curves.map(({ name }) => name)].map(quoted).join(',');
  const lines = x.map((value, i) => [value, ...curves.map(({ values }) => values[i] ?? '')].join(','));
  return `data:text/csv;charset=utf-8,${encodeURIComponent([head, ...lines].join('\n'))}`;
}

const asSvg = (...of: Parameters<typeof curvesAsSvg>): string =>
  `data:image/svg+xml;charset=utf-8,${encodeURIComponent(curvesAsSvg(...of))}`;

const described = (title: string, curves: readonly Curve[]): string =>
  `${title}: ${curves.map(({ name, values }) => `${name} from ${values[0] ?? 'nothing'} to ${values.at(-1) ?? 'nothing'}`).join('; ')}`;
