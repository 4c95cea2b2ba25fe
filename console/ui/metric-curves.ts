import { useId } from 'preact/hooks';
import { type Answer, pathOf, useApi, useLast } from './api.ts';
import { type Curve, Curves, type Zoom } from './curve.ts';
import { number } from './format.ts';
import { html, type View } from './html.ts';
import { Loaded } from './parts.ts';
import { go, urlOf } from './router.ts';

const REFRESH_MS = 3_000;
/** buckets of a curve: about one for each pixel */
const POINTS = '1000';
const MOST_SMOOTH = 0.99;

/** A curve that a run has, as `GET /v1/runs/{runId}/metrics` tells it. */
export interface Metric {
  metric: string;
  points: number;
  first: number;
  last: number;
}

interface Found {
  width: number;
  curves: readonly {
    runId: string;
    metric: string;
    values: number;
    missing: number;
    steps: readonly number[];
    least: readonly (number | null)[];
    most: readonly (number | null)[];
    mean: readonly (number | null)[];
  }[];
}

export interface Chart {
  title: string;
  metrics: readonly Pick<Metric, 'metric'>[];
}

/**
 * Charts of the metrics of one run or several. The part of the steps, and how much is smoothed, stand in the address. The
 * server puts values into buckets that keep their extremes, so that a curve of any length is drawn from a thousand numbers.
 */
export function MetricCurves(props: {
  runs: readonly string[];
  charts: readonly Chart[];
  parameters: URLSearchParams;
  /** whose address it is in */
  page: string;
  isLive?: boolean;
}): View {
  const { runs, charts, parameters, page, isLive = false } = props;
  const [from, to] = [parameters.get('from') ?? undefined, parameters.get('to') ?? undefined];
  const smooth = Math.min(Math.max(Number(parameters.get('smooth') ?? 0) || 0, 0), MOST_SMOOTH);
  const show = (change: Readonly<Record<string, string | undefined>>, replaces = false) => {
    const next = new URLSearchParams(parameters);
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) next.delete(name);
      else next.set(name, value);
    }
    go(`${urlOf(page)}${next.size > 0 ? `?${next}` : ''}`, { replaces });
  };
  const zoom: Zoom = (part) => show({ from: part && String(part[0]), to: part && String(part[1]) });
  const keys = useId();
  const slide = (event: Event) => {
    const weight = Number((event.target as HTMLInputElement).value);
    show({ smooth: weight === 0 ? undefined : String(weight) }, true);
  };
  return html`<div>
    <p class="filters"><label for="smooth">Smoothing ${smooth} </label>
      <input id="smooth" type="range" min="0" max=${MOST_SMOOTH} step="0.01" value=${smooth} onInput=${slide} />
      ${(from !== undefined || to !== undefined) && html`<span>steps ${from ?? '–'} to ${to ?? '–'}</span> <button type="button" onClick=${() => zoom()}>All steps</button>`}
      <span class="quiet" id=${keys}>A part of a chart: drag across it; or by keyboard: <kbd>Shift</kbd> and arrows, then <kbd>Enter</kbd>;
        ${' '}<kbd>+</kbd> half of it, <kbd>0</kbd> all steps</span></p>
    <div class="pair">${charts.map(
      ({ title, metrics }) =>
        html`<${One} key=${title} title=${title} runs=${runs} metrics=${metrics} from=${from} to=${to} smoothing=${smooth} onZoom=${zoom} keys=${keys} isLive=${isLive} />`,
    )}</div>
  </div>`;
}

function One(props: {
  title: string;
  runs: readonly string[];
  metrics: readonly Pick<Metric, 'metric'>[];
  from?: string;
  to?: string;
  smoothing: number;
  onZoom: Zoom;
  keys: string;
  isLive: boolean;
}): View {
  const { title, runs, metrics, from, to, smoothing, onZoom, keys, isLive } = props;
  const wanted = [
    ...runs.map((run) => `run=${encodeURIComponent(run)}`),
    ...metrics.map(({ metric }) => `metric=${encodeURIComponent(metric)}`),
  ].join('&');
  const path = (route: string) => `${pathOf(route, { points: POINTS, from, to })}&${wanted}`;
  const found: Answer<Found> = useApi<Found>(path('/v1/curves'), isLive ? REFRESH_MS : undefined);
  const data = useLast(found.data); // another part comes into the same chart, which keeps the focus
  return html`<${Loaded} of=${{ ...found, data }}>
    ${({ width, curves }: Found) => {
      if (curves.length === 0) return html`<p class="empty">${title}: no value in these steps.</p>`;
      const values = curves.reduce((sum, curve) => sum + curve.values, 0);
      const missing = curves.reduce((sum, curve) => sum + curve.missing, 0);
      return html`<div>
        <${Curves} title=${title} axis="step" smoothing=${smoothing} onZoom=${onZoom} describedBy=${keys} svgPath=${path('/v1/curves/plot')}
          curves=${curves.map(
            (curve): Curve => ({
              name: nameOf(curve, runs.length > 1, metrics.length > 1),
              ...{ steps: curve.steps, mean: curve.mean },
              ...(width > 1 && { least: curve.least, most: curve.most }),
            }),
          )} />
        <p class="quiet">${number(values)} values${width > 1 && `, ${number(width)} steps a point: the mean, and the extremes around it`}${missing > 0 && `; ${number(missing)} are no finite numbers`}</p>
      </div>`;
    }}
  <//>`;
}

const nameOf = (
  { runId, metric }: { runId: string; metric: string },
  hasRuns: boolean,
  hasMetrics: boolean,
): string => (hasRuns && hasMetrics ? `${runId} ${metric}` : hasRuns ? runId : metric);
