import { useState } from 'preact/hooks';
import { Action } from '../ui/act.ts';
import { pathOf, useApi } from '../ui/api.ts';
import { instant, number, seconds } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { type Metric, MetricCurves } from '../ui/metric-curves.ts';
import { Badge, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Picture } from '../ui/picture.ts';
import { Progress } from '../ui/progress.ts';
import { Link, urlOf } from '../ui/router.ts';

const REFRESH_MS = 3_000;
/** charts at once; more are a click away */
const FIRST_CHARTS = 8;
/** drawn here as curves, which can be zoomed */
const CURVES = new Set(['loss', 'scores']);

export interface Epoch {
  epoch: number;
  seconds: number;
}
export interface Run {
  runId: string;
  status: string;
  model: string | null;
  datasetId: string | null;
  engine: string | null;
  seconds: number | null;
  reason: string | null;
  requestedAt: string | null;
  startedAt: string | null;
  seed: number | null;
  params: Readonly<Record<string, unknown>>;
  metrics: Readonly<Record<string, number>>;
  primaryMetric: string | null;
  bestEpoch: number | null;
  history: readonly Epoch[];
}

const KINDS: Readonly<Record<string, 'good' | 'bad' | 'warn' | 'plain'>> = {
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
  interrupted: 'warn',
};
const ENDED = new Set(['completed', 'failed', 'cancelled']);

export const RunStatus = ({ status }: { status: string }): View =>
  html`<${Badge} kind=${KINDS[status] ?? 'plain'} text=${status} />`;

export const runUrl = (id: string): string => urlOf(`/runs/${encodeURIComponent(id)}`);
export const datasetUrl = (id: string): string => urlOf(`/data/${encodeURIComponent(id)}`);

/** A value of a parameter or metric as text. */
export const shown = (value: unknown): string =>
  typeof value === 'number'
    ? number(value)
    : typeof value === 'string'
      ? value
      : JSON.stringify(value ?? null);

/** A run: how far it is, its curves, plots of its evaluation, metrics and parameters. */
export function RunView({ id, parameters }: { id: string; parameters: URLSearchParams }): View {
  const json = `/v1/runs/${encodeURIComponent(id)}`;
  const run = useApi<Run>(json, REFRESH_MS);
  return html`<${Sheet} title=${`Run ${id}`} json=${json}>
    <${Loaded} of=${run}>
      ${(run: Run) => html`<div>
        <p><${RunStatus} status=${run.status} /> ${run.model}${run.engine && `, engine ${run.engine}`}
          ${run.datasetId && html`, on <${Link} to=${datasetUrl(run.datasetId)}>${run.datasetId}<//>`}, seed ${run.seed ?? '–'},
          ${' '}${seconds(run.seconds)}, begun ${instant(run.startedAt ?? run.requestedAt)} UTC</p>
        <p><${Link} to=${urlOf('/events', { subject: id })}>its events<//>, <a href=${`${json}/report`}>report</a></p>
        ${run.reason && html`<p class="problem">${run.reason}</p>`}
        ${!ENDED.has(run.status) && html`<${UnderWay} run=${run} />`}
        <${AllCurves} id=${id} parameters=${parameters} isLive=${!ENDED.has(run.status)} />
        ${run.bestEpoch !== null && html`<p class="quiet">epoch ${run.bestEpoch} was the best, and is the one that was kept</p>`}
        <${Plots} id=${id} state=${run.status} />
        <div class="pair">
          <${Values} caption="Metrics on the validation split" of=${run.metrics} first=${run.primaryMetric} />
          <${Values} caption="Parameters" of=${run.params} />
        </div>
      </div>`}
    <//>
  <//>`;
}

/** how many epochs there are at most, as the engines call it */
const ROUNDS = ['maxEpochs', 'epochs', 'maxRounds', 'rounds'];

/** How far a training is. It may stop before its last epoch. */
function UnderWay({ run }: { run: Run }): View {
  const all = Number(ROUNDS.map((name) => run.params[name]).find((value) => typeof value === 'number'));
  const spent = run.history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return html`<div>
    ${Number.isFinite(all) && html`<${Progress} what="epoch" done=${run.history.length} all=${all} seconds=${spent} isAtMost />`}
    <${Action} name="Cancel" path=${`/v1/runs/${encodeURIComponent(run.runId)}/cancel`} body=${{}}>The training ends; what it has learnt is not used.<//>
  </div>`;
}

const isLoss = (name: string): boolean => /loss|rmse|mae|error/i.test(name);
const OWN = /^(training|validation) /;

/** Charts of the curves of a run: losses together, scores together, and those of a tracking client each by itself. */
export function chartsOf(metrics: readonly Metric[]): { title: string; metrics: readonly Metric[] }[] {
  const own = metrics.filter(({ metric }) => OWN.test(metric));
  const charts = [
    { title: 'Loss', metrics: own.filter(({ metric }) => isLoss(metric)) },
    { title: 'Scores', metrics: own.filter(({ metric }) => !isLoss(metric)) },
    ...metrics.filter((one) => !own.includes(one)).map((one) => ({ title: one.metric, metrics: [one] })),
  ];
  return charts.filter((chart) => chart.metrics.length > 0);
}

function AllCurves(props: { id: string; parameters: URLSearchParams; isLive: boolean }): View {
  const { id, parameters, isLive } = props;
  const path = `/v1/runs/${encodeURIComponent(id)}/metrics`;
  const found = useApi<{ items: readonly Metric[] }>(path, isLive ? REFRESH_MS : undefined);
  const [isWhole, setWhole] = useState(false);
  return html`<${Loaded} of=${found}>
    ${({ items }: { items: readonly Metric[] }) => {
      if (items.length === 0) return html`<p class="empty">No epoch is complete yet.</p>`;
      const charts = chartsOf(items);
      return html`<div>
        <${MetricCurves} runs=${[id]} charts=${isWhole ? charts : charts.slice(0, FIRST_CHARTS)} parameters=${parameters}
          page=${`/runs/${encodeURIComponent(id)}`} isLive=${isLive} />
        ${!isWhole && charts.length > FIRST_CHARTS && html`<p><button type="button" onClick=${() => setWhole(true)}>All ${charts.length} charts</button></p>`}
      </div>`;
    }}
  <//>`;
}

/** What its evaluation has found, as plots. */
function Plots({ id, state }: { id: string; state: string }): View {
  const path = `/v1/runs/${encodeURIComponent(id)}/plots`;
  const plots = useApi<{ items: readonly { name: string; title: string }[] }>(
    ENDED.has(state) ? path : undefined,
  );
  const items = plots.data?.items.filter(({ name }) => !CURVES.has(name)) ?? [];
  if (items.length === 0) return null;
  return html`<section><h2>Evaluation on the test split</h2>
    <div class="pair">${items.map(
      ({ name, title }) =>
        html`<${Picture} key=${name} title=${title} path=${`${path}/${name}`} csvPath=${pathOf(`${path}/${name}`, { format: 'csv' })} />`,
    )}</div></section>`;
}

function Values(props: {
  caption: string;
  of: Readonly<Record<string, unknown>>;
  first?: string | null;
}): View {
  const names = Object.keys(props.of).toSorted(
    (a, b) => Number(b === props.first) - Number(a === props.first),
  );
  return html`<${Table} caption=${props.caption} rows=${names} empty=${`${props.caption}: none yet.`} columns=${[
    { name: 'name', cell: (name: string) => (name === props.first ? html`<b>${name}</b>` : name) },
    { name: 'value', isNumber: true, cell: (name: string) => shown(props.of[name]) },
  ]} />`;
}
