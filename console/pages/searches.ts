import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import type { PageProps } from '../ui/page.ts';
import { Parallel } from '../ui/parallel.ts';
import { Badge, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Picture } from '../ui/picture.ts';
import { Progress } from '../ui/progress.ts';
import { go, Link, urlOf } from '../ui/router.ts';
import {
  asParameter,
  type Brush,
  brushesIn,
  type Domain,
  isWithin,
  type Scale,
  scaleOf,
  type Value,
} from '../ui/scale.ts';

const REFRESH_MS = 3_000;
interface Item {
  searchId: string;
  status: string;
  model: string | null;
  engine: string | null;
  metric: string | null;
  direction: string | null;
  outcome: string | null;
  best: number | null;
  value: number | null;
  completed: number | null;
  pruned: number | null;
  failed: number | null;
  startedAt: string | null;
}
interface Trial {
  trial: number;
  status: string;
  runId: string | null;
  params: Readonly<Record<string, Value>>;
  value: number | null;
  reason: string | null;
}
interface Search extends Item {
  datasetId: string | null;
  settings: { space: readonly { name: string; domain: Domain }[]; max_evals?: number };
  trials: readonly Trial[];
  /** ends of the axis of the objective */
  shown: { low: number; high: number } | null;
}

export function SearchesView({ rest, parameters }: PageProps): View {
  if (rest) return html`<${SearchView} id=${rest} parameters=${parameters} />`;
  const model = parameters.get('model') ?? undefined;
  const cursor = parameters.get('cursor') ?? undefined;
  const json = pathOf('/v1/searches', { model, cursor, limit: '50' });
  const searches = useApi<ApiPage<Item>>(json, REFRESH_MS);
  return html`<${Sheet} title="Searches" json=${json}>
    <${Loaded} of=${searches}>
      ${({ items, next }: ApiPage<Item>) => html`<div>
        <${Table} caption="Searches for hyperparameters, newest first" rows=${items}
          empty=${html`No search yet: <code>npx epochlog search run SPACE.yaml</code> begins one.`}
          columns=${[
            {
              name: 'search',
              cell: ({ searchId }: Item) => html`<${Link} to=${searchUrl(searchId)}>${searchId}<//>`,
            },
            { name: 'status', cell: (item: Item) => html`<${Status} of=${item} />` },
            { name: 'model', cell: ({ model }: Item) => model },
            { name: 'engine', cell: ({ engine }: Item) => engine },
            { name: 'objective', cell: ({ direction, metric }: Item) => `${direction} ${metric}` },
            { name: 'best', isNumber: true, cell: ({ value }: Item) => number(value) },
            { name: 'completed', isNumber: true, cell: ({ completed }: Item) => number(completed) },
            { name: 'pruned', isNumber: true, cell: ({ pruned }: Item) => number(pruned) },
            { name: 'failed', isNumber: true, cell: ({ failed }: Item) => number(failed) },
            { name: 'started (UTC)', cell: ({ startedAt }: Item) => instant(startedAt) },
          ]} />
        ${next && html`<p><${Link} to=${urlOf('/searches', { model, cursor: next })}>older<//></p>`}
      </div>`}
    <//>
  <//>`;
}

const searchUrl = (id: string): string => urlOf(`/searches/${encodeURIComponent(id)}`);

const Status = ({ of: { status, outcome } }: { of: Item }): View =>
  html`<${Badge} kind=${status === 'running' ? 'warn' : outcome === 'failures' ? 'bad' : 'good'}
    text=${outcome === null ? status : `${status}: ${outcome}`} />`;

function SearchView({ id, parameters }: { id: string; parameters: URLSearchParams }): View {
  const json = `/v1/searches/${encodeURIComponent(id)}`;
  const search = useApi<Search>(json, REFRESH_MS);
  return html`<${Sheet} title=${`Search ${id}`} json=${json}>
    <${Loaded} of=${search}>
      ${(found: Search) => html`<${Found} search=${found} brushes=${brushesIn(parameters)} />`}
    <//>
  <//>`;
}

/** What a search has found, and its trials within the brushes. */
function Found({ search, brushes }: { search: Search; brushes: readonly Brush[] }): View {
  const { searchId, model, engine, datasetId, metric, direction, trials, settings, status, startedAt } =
    search;
  const completed = byValue(search);
  const scales = scalesOf(search);
  const positions = positionsWith(scales, metric);
  const shown = trials.filter(
    (trial) => brushes.length === 0 || isWithin(brushes, (name) => positions(trial)[name]),
  );
  const kept = new Set(shown.map(({ trial }) => trial));
  const ended = trials.filter(({ status }) => status !== 'running').length;
  const brush = (next: readonly Brush[]) =>
    go(
      [
        searchUrl(searchId),
        next.map((each) => `brush=${encodeURIComponent(asParameter(each))}`).join('&'),
      ].join('?'),
      {
        replaces: true,
      },
    );
  const pathTo = (name: string, format?: string) =>
    pathOf(`/v1/searches/${encodeURIComponent(searchId)}/plots/${name}`, { format });
  const plot = (name: string, title: string) =>
    html`<${Picture} key=${name} title=${title} path=${pathTo(name)} csvPath=${pathTo(name, 'csv')} state=${ended} />`;
  return html`<div>
    <p><${Status} of=${search} /> ${direction} ${metric} of ${engine} for
      ${' '}<${Link} to=${urlOf('/models', { model: model ?? undefined })}>${model}<//> on ${datasetId};
      ${' '}${ended}${settings.max_evals ? ` of ${settings.max_evals}` : ''} trials have ended;
      ${' '}<${Link} to=${urlOf('/events', { subject: searchId })}>its events<//></p>
    ${status === 'running' && settings.max_evals !== undefined && html`<${Progress} what="trial" done=${ended} all=${settings.max_evals} seconds=${startedAt === null ? 0 : (Date.now() - Date.parse(startedAt)) / 1_000} isAtMost />`}
    ${ended === 0 && html`<p class="empty" role="status">The first trial is running.</p>`}
    ${
      completed.length > 1 &&
      html`<${Parallel} title="Parallel coordinates: drag along an axis to keep its part" path=${pathTo('parallel')} csvPath=${pathTo('parallel', 'csv')}
        state=${ended} brushes=${brushes} onBrush=${brush} isWithin=${(trial: number) => kept.has(trial)} />`
    }
    <${Brushes} scales=${scales} brushes=${brushes} onBrush=${brush} />
    <${Table} caption=${`Trials: ${shown.length} of ${trials.length}, the best first`} rows=${byValue({ ...search, trials: shown }, shown)}
      empty="No trial lies within these ends."
      columns=${[
        { name: 'trial', isNumber: true, cell: ({ trial }: Trial) => trial },
        { name: 'status', cell: ({ status, reason }: Trial) => html`<span title=${reason}>${status}</span>` },
        { name: metric ?? 'value', isNumber: true, cell: ({ value }: Trial) => number(value) },
        ...settings.space.map(({ name }) => ({
          name,
          isNumber: true,
          cell: ({ params }: Trial) => shownValue(params[name]),
        })),
        {
          name: 'run',
          cell: ({ runId }: Trial) =>
            runId && html`<${Link} to=${urlOf(`/runs/${encodeURIComponent(runId)}`)}>${runId}<//>`,
        },
      ]} />
    ${ended > 0 && html`<div class="pair">${plot('history', 'History')}${plot('importance', 'Importance')}${plot('slices', 'Slices')}${plot('contour', 'Contour')}</div>`}
  </div>`;
}

/** The brushes for those who do not drag: which there are, and the ends of one as text. */
function Brushes(props: {
  scales: readonly Scale[];
  brushes: readonly Brush[];
  onBrush(brushes: readonly Brush[]): void;
}): View {
  const { scales, brushes, onBrush } = props;
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const name = String(given.get('axis'));
    const [from, to] = [Number(given.get('from')) / 100, Number(given.get('to')) / 100];
    if (from <= to) onBrush([...brushes.filter((brush) => brush.name !== name), { name, from, to }]);
  };
  return html`<form class="filters" onSubmit=${add}>
    <label for="axis">Keep of </label><select id="axis" name="axis">${scales.map(({ name }) => html`<option>${name}</option>`)}</select>
    <label for="from">from </label><input id="from" name="from" type="number" min="0" max="100" value="0" required />
    <label for="to">to </label><input id="to" name="to" type="number" min="0" max="100" value="100" required /> % of the axis
    <button type="submit">Keep</button>
    ${brushes.map(({ name, from, to }) => {
      const scale = scales.find((each) => each.name === name);
      const ends = scale ? `${scale.valueAt(from)} to ${scale.valueAt(to)}` : 'no such axis';
      return html`<button type="button" onClick=${() => onBrush(brushes.filter((brush) => brush.name !== name))}>${name}: ${ends} ✕</button>`;
    })}
  </form>`;
}

/** Trials with a value, the best first; after them, of those given, the others. */
function byValue({ direction, trials }: Search, all: readonly Trial[] = []): Trial[] {
  const sign = direction === 'maximize' ? -1 : 1;
  const valued = trials.filter(({ status, value }) => status === 'completed' && value !== null);
  const sorted = valued.toSorted((a, b) => sign * (a.value! - b.value!));
  return [...sorted, ...all.filter((trial) => !valued.includes(trial))];
}

/** An axis for each hyperparameter, and the objective as the last: those that the API draws. */
function scalesOf({ settings, metric, direction, shown }: Search): Scale[] {
  const { low, high } = shown ?? { low: 0, high: 1 };
  const name = metric ?? `${direction}d`;
  return [
    ...settings.space.map((parameter) => scaleOf(parameter.name, parameter.domain)),
    scaleOf(name, { type: 'float', low, high }),
  ];
}

const positionsWith =
  (scales: readonly Scale[], metric: string | null) =>
  ({ params, value }: Trial): Readonly<Record<string, number | undefined>> =>
    Object.fromEntries(
      scales.map(({ name, positionOf }) => {
        const own = name === metric ? (value ?? undefined) : params[name];
        return [name, own === undefined ? undefined : Math.min(Math.max(positionOf(own), 0), 1)];
      }),
    );

const shownValue = (value: Value | undefined): string =>
  value === undefined ? '–' : typeof value === 'number' ? number(value) : String(value);
