import { useState } from 'preact/hooks';
import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number, seconds } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import type { PageProps } from '../ui/page.ts';
import { type Column, Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, Link, urlOf } from '../ui/router.ts';
import { Comparison, MOST_COMPARED } from './comparison.ts';
import { RunStatus, RunView, runUrl, shown } from './run.ts';

const REFRESH_MS = 5_000;
const STATUSES = ['requested', 'running', 'interrupted', 'completed', 'failed', 'cancelled'];
const FILTERS = ['model', 'status', 'engine', 'datasetId', 'project', 'text', 'cursor'] as const;

interface Item {
  runId: string;
  name: string | null;
  status: string;
  model: string | null;
  datasetId: string | null;
  engine: string | null;
  epochs: number | null;
  seconds: number | null;
  seed: number | null;
  reason: string | null;
  requestedAt: string | null;
  startedAt: string | null;
  primaryMetric: string | null;
  metrics: Readonly<Record<string, number>>;
  params: Readonly<Record<string, unknown>>;
}

/** A column, and what it compares runs by. */
interface Chosen extends Column<Item> {
  /** in the address */
  key: string;
  valueOf(item: Item): string;
}

const text = (key: string, name: string, of: (item: Item) => string): Chosen => ({
  key,
  name,
  valueOf: of,
  cell: of,
});
const numbers = (key: string, name: string, of: (item: Item) => string): Chosen => ({
  ...text(key, name, of),
  isNumber: true,
});

const FIXED: readonly Chosen[] = [
  {
    ...text('status', 'status', ({ status }) => status),
    cell: ({ status, reason }: Item) => html`<span title=${reason}><${RunStatus} status=${status} /></span>`,
  },
  text('name', 'name', ({ name }) => name ?? ''),
  text('model', 'model', ({ model }) => model ?? ''),
  text('engine', 'engine', ({ engine }) => engine ?? ''),
  text('dataset', 'dataset', ({ datasetId }) => datasetId ?? ''),
  numbers('primary', 'primary metric', ({ primaryMetric, metrics }) =>
    primaryMetric ? `${primaryMetric} ${number(metrics[primaryMetric])}` : '–',
  ),
  numbers('epochs', 'epochs', ({ epochs }) => number(epochs)),
  numbers('time', 'time', (run) => seconds(run.seconds)),
  numbers('seed', 'seed', ({ seed }) => (seed === null ? '–' : String(seed))),
  text('requested', 'requested (UTC)', ({ requestedAt, startedAt }) => instant(requestedAt ?? startedAt)),
];
const DEFAULTS = ['status', 'model', 'engine', 'dataset', 'primary', 'epochs', 'time', 'requested'];

/** Every column that the runs of a page can have: the fixed ones, then their metrics and parameters. */
function columnsOf(items: readonly Item[]): Chosen[] {
  const names = (of: (item: Item) => object) =>
    [...new Set(items.flatMap((item) => Object.keys(of(item))))].sort();
  return [
    ...FIXED,
    ...names(({ metrics }) => metrics).map((name) =>
      numbers(`metric.${name}`, name, ({ metrics }) => number(metrics[name])),
    ),
    ...names(({ params }) => params).map((name) =>
      numbers(`param.${name}`, name, ({ params }) => (name in params ? shown(params[name]) : '–')),
    ),
  ];
}

export function RunsView({ rest, parameters }: PageProps): View {
  if (rest) return html`<${RunView} id=${rest} parameters=${parameters} />`;
  const compared = parameters.getAll('run');
  if (parameters.has('compare') && compared.length > 1)
    return html`<${Comparison} ids=${compared.slice(0, MOST_COMPARED)} parameters=${parameters} />`;
  return html`<${List} parameters=${parameters} />`;
}

type Filter = Readonly<Record<(typeof FILTERS)[number], string | undefined>>;

function List({ parameters }: { parameters: URLSearchParams }): View {
  const filter = Object.fromEntries(
    FILTERS.map((name) => [name, parameters.get(name) ?? undefined]),
  ) as Filter;
  const looks = {
    columns: parameters.get('columns') ?? undefined,
    different: parameters.get('different') ?? undefined,
  };
  const json = pathOf('/v1/runs', { ...filter, limit: '50' });
  const runs = useApi<ApiPage<Item>>(json, REFRESH_MS);
  const [compared, setCompared] = useState<readonly string[]>([]);
  const show = (change: Readonly<Record<string, string | undefined>>) =>
    go(urlOf('/runs', { ...filter, ...looks, ...change }));
  const isFiltered = FILTERS.some((name) => filter[name] !== undefined);
  return html`<${Sheet} title="Runs" json=${json}>
    <${Filters} filter=${filter} onChange=${(change: Partial<Filter>) => show({ cursor: undefined, ...change })} />
    <${Loaded} of=${runs}>
      ${({ items, next }: ApiPage<Item>) => {
        const all = columnsOf(items);
        const chosen = looks.columns === undefined ? DEFAULTS : looks.columns.split(',');
        const differs = (column: Chosen) => new Set(items.map(column.valueOf)).size > 1;
        const columns = all.filter(
          (column) =>
            chosen.includes(column.key) && (!looks.different || items.length < 2 || differs(column)),
        );
        return html`<div>
          <${Choice} all=${all} chosen=${chosen} onChange=${(keys: readonly string[]) => show({ columns: keys.join(',') })} />
          <p class="filters">
            <label><input type="checkbox" checked=${looks.different !== undefined}
              onChange=${() => show({ different: looks.different ? undefined : '1' })} /> only columns that differ</label>
            <${Compare} ids=${compared} onClear=${() => setCompared([])} />
          </p>
          <${Table} caption="Runs, newest first" rows=${items}
            empty=${html`No run${isFiltered ? ' of that kind' : ''} yet: <code>npx epochlog train --model NAME</code> begins one.
              ${isFiltered && html` <${Link} to=${urlOf('/runs')}>All runs<//>`}`}
            columns=${[ticks(compared, setCompared), RUN, ...columns]} />
          <p>${filter.cursor && html`<${Link} to=${urlOf('/runs', { ...filter, ...looks, cursor: undefined })}>newest<//> `}
            ${next && html`<${Link} to=${urlOf('/runs', { ...filter, ...looks, cursor: next })}>older<//>`}</p>
        </div>`;
      }}
    <//>
  <//>`;
}

const RUN: Column<Item> = {
  name: 'run',
  cell: ({ runId }: Item) => html`<${Link} to=${runUrl(runId)}>${runId}<//>`,
};

const ticks = (compared: readonly string[], set: (ids: readonly string[]) => void): Column<Item> => ({
  name: 'compare',
  cell: ({ runId }: Item) => {
    const isIn = compared.includes(runId);
    const change = () => set(isIn ? compared.filter((other) => other !== runId) : [...compared, runId]);
    return html`<input type="checkbox" aria-label=${`compare ${runId}`} checked=${isIn} onChange=${change}
      disabled=${!isIn && compared.length >= MOST_COMPARED} />`;
  },
});

/** Those ticked stay ticked from page to page. */
function Compare({ ids, onClear }: { ids: readonly string[]; onClear: () => void }): View {
  const url = `${urlOf('/runs')}?compare=1&${ids.map((id) => `run=${encodeURIComponent(id)}`).join('&')}`;
  return html`<span><button type="button" disabled=${ids.length < 2} onClick=${() => go(url)}>Compare ${ids.length || ''}</button>
    ${ids.length > 0 && html` <button type="button" onClick=${onClear}>none</button>`}
    ${ids.length < 2 && html` <span class="quiet">tick 2 to ${MOST_COMPARED} runs, also of several pages</span>`}</span>`;
}

function Filters(props: { filter: Filter; onChange: (change: Partial<Filter>) => void }): View {
  const { filter, onChange } = props;
  const models = useApi<ApiPage<{ model: string }>>('/v1/models?limit=1000');
  const set = (name: keyof Filter) => (event: Event) =>
    onChange({ [name]: (event.target as HTMLInputElement).value.trim() });
  const field = (name: keyof Filter, label: string) => html`<span><label for=${name}>${label} </label>
    <input id=${name} type="search" size="14" value=${filter[name] ?? ''} onChange=${set(name)} /></span>`;
  const choice = (
    name: keyof Filter,
    label: string,
    values: readonly string[],
  ) => html`<span><label for=${name}>${label} </label>
    <select id=${name} onChange=${set(name)}>
      <option value="">all</option>
      ${values.map((value) => html`<option value=${value} selected=${value === filter[name]}>${value}</option>`)}
    </select></span>`;
  return html`<p class="filters">
    ${choice('model', 'Model', models.data?.items.map(({ model }) => model) ?? [])}
    ${choice('status', 'Status', STATUSES)}
    ${field('engine', 'Engine')} ${field('datasetId', 'Dataset')} ${field('project', 'Project')} ${field('text', 'Run or name')}
  </p>`;
}

/** Which columns are shown. */
function Choice(props: {
  all: readonly Chosen[];
  chosen: readonly string[];
  onChange: (keys: readonly string[]) => void;
}): View {
  const { all, chosen, onChange } = props;
  const toggle = (key: string) => () =>
    onChange(chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key]);
  const group = (name: string, own: readonly Chosen[]) =>
    own.length > 0 &&
    html`<fieldset><legend>${name}</legend>${own.map(
      (column) =>
        html`<label><input type="checkbox" checked=${chosen.includes(column.key)} onChange=${toggle(column.key)} /> ${column.name}</label> `,
    )}</fieldset>`;
  const of = (prefix: string) => all.filter(({ key }) => key.startsWith(prefix));
  return html`<details class="columns"><summary>Columns</summary>
    ${group('Of a run', FIXED)} ${group('Metrics', of('metric.'))} ${group('Parameters', of('param.'))}
  </details>`;
}
