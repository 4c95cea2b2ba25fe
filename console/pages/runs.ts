import { useState } from 'preact/hooks';
import type { Page, PageProps } from '../pages.ts';
import { type Page as ApiPage, ask, pathOf, useApi } from '../ui/api.ts';
import { Curves } from '../ui/curve.ts';
import { instant, number, seconds } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Badge, Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, Link, urlOf } from '../ui/router.ts';

const REFRESH_MS = 3_000;
const STATUSES = ['requested', 'running', 'completed', 'failed', 'cancelled'];
/** of which more than two are of little use side by side */
const MOST_COMPARED = 20;

interface Item {
  runId: string;
  status: string;
  model: string;
  datasetId: string;
  engine: string;
  epochs: number | null;
  seconds: number | null;
  reason: string | null;
  requestedAt: string;
}
interface Epoch {
  epoch: number;
  trainLoss: number | null;
  validation: Readonly<Record<string, number>>;
}
interface Run extends Item {
  seed: number | null;
  params: Readonly<Record<string, unknown>>;
  metrics: Readonly<Record<string, number>>;
  primaryMetric: string | null;
  bestEpoch: number | null;
  history: readonly Epoch[];
}

function RunsView({ rest, parameters }: PageProps): View {
  if (rest) return html`<${RunView} id=${rest} />`;
  const compared = parameters.getAll('run');
  if (parameters.has('compare') && compared.length > 1)
    return html`<${Comparison} ids=${compared.slice(0, MOST_COMPARED)} all=${parameters.has('all')} />`;
  return html`<${List} parameters=${parameters} />`;
}

function List({ parameters }: { parameters: URLSearchParams }): View {
  const filter = {
    model: parameters.get('model') ?? undefined,
    status: parameters.get('status') ?? undefined,
    cursor: parameters.get('cursor') ?? undefined,
  };
  const json = pathOf('/v1/runs', { ...filter, limit: '50' });
  const runs = useApi<ApiPage<Item>>(json, REFRESH_MS);
  const models = useApi<ApiPage<{ model: string }>>('/v1/models');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const choose = (key: string) => (event: Event) =>
    go(urlOf('/runs', { ...filter, cursor: undefined, [key]: (event.target as HTMLSelectElement).value }));
  const tick = (id: string) => () =>
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  const compare = () =>
    go(`${urlOf('/runs')}?compare=1&${chosen.map((id) => `run=${encodeURIComponent(id)}`).join('&')}`);
  return html`<${Sheet} title="Runs" json=${json}>
    <p class="filters">
      <label for="model">Model </label><select id="model" onChange=${choose('model')}>
        <option value="">all</option>
        ${models.data?.items.map(({ model }) => html`<option value=${model} selected=${model === filter.model}>${model}</option>`)}
      </select>
      <label for="status">Status </label><select id="status" onChange=${choose('status')}>
        <option value="">all</option>
        ${STATUSES.map((status) => html`<option value=${status} selected=${status === filter.status}>${status}</option>`)}
      </select>
      <button type="button" disabled=${chosen.length < 2} onClick=${compare}>Compare ${chosen.length || ''}</button>
    </p>
    <${Loaded} of=${runs}>
      ${({ items, next }: ApiPage<Item>) => html`<div>
        <${Table} caption="Runs, newest first" rows=${items}
          empty=${html`No run${filter.model || filter.status ? ' of that kind' : ''} yet: <code>npx epochlog train --model NAME</code> begins one.`}
          columns=${[
            {
              name: 'compare',
              cell: ({ runId }: Item) =>
                html`<input type="checkbox" aria-label=${`compare ${runId}`} checked=${chosen.includes(runId)} onChange=${tick(runId)} />`,
            },
            {
              name: 'run',
              cell: ({ runId }: Item) =>
                html`<${Link} to=${urlOf(`/runs/${encodeURIComponent(runId)}`)}>${runId}<//>`,
            },
            {
              name: 'status',
              cell: ({ status, reason }: Item) =>
                html`<span title=${reason}><${Status} status=${status} /></span>`,
            },
            { name: 'model', cell: ({ model }: Item) => model },
            { name: 'engine', cell: ({ engine }: Item) => engine },
            { name: 'dataset', cell: ({ datasetId }: Item) => datasetId },
            { name: 'epochs', isNumber: true, cell: ({ epochs }: Item) => number(epochs) },
            { name: 'time', isNumber: true, cell: (run: Item) => seconds(run.seconds) },
            { name: 'requested (UTC)', cell: ({ requestedAt }: Item) => instant(requestedAt) },
          ]} />
        <p>${filter.cursor && html`<${Link} to=${urlOf('/runs', { ...filter, cursor: undefined })}>newest<//> `}
          ${next && html`<${Link} to=${urlOf('/runs', { ...filter, cursor: next })}>older<//>`}</p>
      </div>`}
    <//>
  <//>`;
}

const KINDS: Readonly<Record<string, 'good' | 'bad' | 'warn' | 'plain'>> = {
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
};
const Status = ({ status }: { status: string }): View =>
  html`<${Badge} kind=${KINDS[status] ?? 'plain'} text=${status} />`;

function RunView({ id }: { id: string }): View {
  const json = `/v1/runs/${encodeURIComponent(id)}`;
  const run = useApi<Run>(json, REFRESH_MS);
  return html`<${Sheet} title=${`Run ${id}`} json=${json}>
    <${Loaded} of=${run}>
      ${(run: Run) => html`<div>
        <p><${Status} status=${run.status} /> ${run.model}, engine ${run.engine}, on
          ${' '}<a href=${`/v1/datasets/${encodeURIComponent(run.datasetId)}`}>${run.datasetId}</a>, seed ${run.seed ?? '–'},
          ${' '}${seconds(run.seconds)}; <${Link} to=${urlOf('/events', { subject: id })}>its events<//></p>
        ${run.reason && html`<p class="problem">${run.reason}</p>`}
        <${LearningCurves} of=${run.history} best=${run.bestEpoch} />
        <div class="pair">
          <${Values} caption="Metrics on the test split" of=${run.metrics} first=${run.primaryMetric} />
          <${Values} caption="Parameters" of=${run.params} />
        </div>
      </div>`}
    <//>
  <//>`;
}

function LearningCurves({ of: history, best }: { of: readonly Epoch[]; best: number | null }): View {
  if (history.length === 0) return html`<p class="empty">No epoch is complete yet.</p>`;
  const x = history.map(({ epoch }) => epoch);
  const names = [...new Set(history.flatMap(({ validation }) => Object.keys(validation)))];
  const of = (name: string) => history.map(({ validation }) => validation[name] ?? null);
  const isLoss = (name: string) => /loss|rmse|mae/i.test(name);
  const losses = names.filter(isLoss).map((name) => ({ name: `validation ${name}`, values: of(name) }));
  const scores = names
    .filter((name) => !isLoss(name))
    .map((name) => ({ name: `validation ${name}`, values: of(name) }));
  const train = { name: 'training loss', values: history.map(({ trainLoss }) => trainLoss) };
  return html`<div class="pair">
    <${Curves} title="Loss" axis="epoch" x=${x} curves=${[train, ...losses]} />
    ${scores.length > 0 && html`<${Curves} title="Scores" axis="epoch" x=${x} curves=${scores} />`}
    ${best !== null && html`<p class="quiet">epoch ${best} was the best, and is the one that was kept</p>`}
  </div>`;
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
    { name: 'name', cell: (name: string) => name },
    { name: 'value', isNumber: true, cell: (name: string) => shown(props.of[name]) },
  ]} />`;
}

const shown = (value: unknown): string =>
  typeof value === 'number'
    ? number(value)
    : typeof value === 'string'
      ? value
      : JSON.stringify(value ?? null);

/** Runs side by side; only what differs, unless all is asked for. */
function Comparison({ ids, all }: { ids: readonly string[]; all: boolean }): View {
  const [runs, setRuns] = useState<readonly Run[]>();
  const [failure, setFailure] = useState<string>();
  const [asked, setAsked] = useState('');
  if (asked !== ids.join()) {
    setAsked(ids.join());
    Promise.all(ids.map((id) => ask<Run>(`/v1/runs/${encodeURIComponent(id)}`))).then(
      setRuns,
      (error: Error) => setFailure(error.message),
    );
  }
  const url = `${urlOf('/runs')}?compare=1&${ids.map((id) => `run=${encodeURIComponent(id)}`).join('&')}`;
  return html`<${Sheet} title=${`${ids.length} runs`}>
    <p><label><input type="checkbox" checked=${!all} onChange=${() => go(all ? url : `${url}&all=1`)} /> only differences</label></p>
    ${failure && html`<p class="problem" role="alert">${failure}</p>`}
    ${
      runs &&
      html`<div>
      <${Curves} title="Training loss" axis="epoch" x=${longest(runs).map(({ epoch }) => epoch)}
        curves=${runs.map(({ runId, history }) => ({ name: runId, values: longest(runs).map((_, i) => history[i]?.trainLoss ?? null) }))} />
      <${Table} caption="Metrics and parameters" rows=${rowsOf(runs, all)} empty="They are alike." columns=${[
        { name: 'name', cell: ({ name }: Row) => name },
        ...runs.map(({ runId }, i) => ({
          name: runId,
          isNumber: true,
          cell: ({ values }: Row) => values[i],
        })),
      ]} />
    </div>`
    }
  <//>`;
}

interface Row {
  name: string;
  values: readonly string[];
}

const longest = (runs: readonly Run[]): readonly Epoch[] =>
  runs
    .map(({ history }) => history)
    .reduce((most, history) => (history.length > most.length ? history : most), []);

function rowsOf(runs: readonly Run[], all: boolean): Row[] {
  const own = runs.map((run) => ({
    engine: run.engine,
    dataset: run.datasetId,
    seed: run.seed,
    ...run.params,
    ...run.metrics,
  }));
  const names = [...new Set(own.flatMap((values) => Object.keys(values)))];
  const rows = names.map((name) => ({
    name,
    values: own.map((of) => shown((of as Record<string, unknown>)[name])),
  }));
  return all ? rows : rows.filter(({ values }) => new Set(values).size > 1);
}

export const runs: Page = { path: '/runs', title: 'Runs', View: RunsView };
