import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, milliseconds, number, percent } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { ModelChoice, useModel } from '../ui/model-choice.ts';
import type { PageProps } from '../ui/page.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, Link, urlOf } from '../ui/router.ts';
import { datasetUrl } from './run.ts';

const REFRESH_MS = 10_000;
const PAGE_SIZE = '50';
/** among which wrong ones are looked for */
const SEARCHED = '200';

interface Prediction {
  requestId: string;
  instanceId: string | null;
  version: string;
  label: string | null;
  value: number | null;
  confidence: number | null;
  latencyMs: number;
  instant: string;
  eventId: string;
  trueLabel: string | null;
  trueValue: number | null;
  correct: boolean | null;
  error: number | null;
}
interface Version {
  version: string;
  datasetId: string | null;
}

/** What was answered, what was true, and on which data the version was trained that answered. */
export function PredictionsView({ parameters }: PageProps): View {
  const { model, models } = useModel(parameters);
  const filter = {
    model,
    version: parameters.get('version') ?? undefined,
    wrong: parameters.get('wrong') ?? undefined,
    cursor: parameters.get('cursor') ?? undefined,
  };
  const { version, wrong, cursor } = filter;
  const json =
    model &&
    pathOf('/v1/predictions', {
      ...{ model, version, cursor },
      ...(wrong ? { labelled: 'true', limit: SEARCHED } : { limit: PAGE_SIZE }),
    });
  const predictions = useApi<ApiPage<Prediction>>(json || undefined, REFRESH_MS);
  const versions = useApi<ApiPage<Version>>(
    model && pathOf(`/v1/models/${encodeURIComponent(model)}/versions`, { limit: '1000' }),
  );
  const known = versions.data?.items ?? [];
  const show = (change: Readonly<Record<string, string | undefined>>) =>
    go(urlOf('/predictions', { ...filter, cursor: undefined, ...change }));
  return html`<${Sheet} title="Predictions" json=${json}>
    <${ModelChoice} page="/predictions" model=${model} models=${models} />
    <p class="filters">
      <label for="version">Version </label><select id="version" onChange=${(event: Event) => show({ version: (event.target as HTMLSelectElement).value })}>
        <option value="">all</option>
        ${known.map((one) => html`<option value=${one.version} selected=${one.version === version}>${one.version}</option>`)}
      </select>
      <label><input type="checkbox" checked=${wrong !== undefined} onChange=${() => show({ wrong: wrong ? undefined : '1' })} /> only wrong ones</label>
    </p>
    ${
      model &&
      html`<${Loaded} of=${predictions}>
        ${({ items, next }: ApiPage<Prediction>) => html`<div>
          <${List} model=${model} items=${wrong ? items.filter(isWrong) : items} of=${items.length} isWrong=${wrong !== undefined} versions=${known} />
          <p>${cursor && html`<${Link} to=${urlOf('/predictions', { ...filter, cursor: undefined })}>newest<//> `}
            ${next && html`<${Link} to=${urlOf('/predictions', { ...filter, cursor: next })}>older<//>`}</p>
        </div>`}
      <//>`
    }
  <//>`;
}

/** A number is never quite right: those with an error are shown, the largest first. */
const isWrong = ({ correct, error }: Prediction): boolean =>
  correct === false || (error !== null && error !== 0);

const bySize = (items: readonly Prediction[]): Prediction[] =>
  items.toSorted((a, b) => Math.abs(b.error ?? 0) - Math.abs(a.error ?? 0));

function List(props: {
  model: string;
  items: readonly Prediction[];
  /** predictions of the page, wrong or not */
  of: number;
  isWrong: boolean;
  versions: readonly Version[];
}): View {
  const { model, items, of, versions } = props;
  const datasets = new Map(versions.map(({ version, datasetId }) => [version, datasetId]));
  const dataset = ({ version }: Prediction) => {
    const id = datasets.get(version);
    return id ? html`<${Link} to=${datasetUrl(id)}>${id}<//>` : '–';
  };
  const caption = props.isWrong
    ? `Wrong ones among ${number(of)} whose outcome is known, newest first`
    : 'Predictions, newest first';
  return html`<${Table} caption=${caption} rows=${props.isWrong ? bySize(items) : items}
    empty=${props.isWrong ? `None of these ${of} was wrong, as far as outcomes have come.` : html`None yet: <code>npx epochlog predict --model ${model} …</code> asks for one.`}
    columns=${[
      { name: 'instant (UTC)', cell: (row: Prediction) => instant(row.instant) },
      { name: 'record', cell: ({ instanceId, requestId }: Prediction) => instanceId ?? requestId },
      { name: 'answer', cell: ({ label, value }: Prediction) => label ?? number(value) },
      {
        name: 'confidence',
        isNumber: true,
        cell: ({ confidence }: Prediction) => percent(confidence),
      },
      { name: 'true', cell: ({ trueLabel, trueValue }: Prediction) => trueLabel ?? number(trueValue) },
      { name: 'outcome', cell: (row: Prediction) => html`<${Verdict} of=${row} />` },
      { name: 'latency', isNumber: true, cell: ({ latencyMs }: Prediction) => milliseconds(latencyMs) },
      {
        name: 'version',
        cell: ({ version }: Prediction) =>
          html`<${Link} to=${urlOf(`/models/${encodeURIComponent(model)}/${encodeURIComponent(version)}`)}>${version}<//>`,
      },
      { name: 'trained on', cell: dataset },
      { name: 'events', cell: ({ eventId }: Prediction) => html`<${Evidence} id=${eventId} />` },
    ]} />`;
}

function Verdict({ of: { correct, error } }: { of: Prediction }): View {
  if (correct !== null)
    return html`<${Badge} kind=${correct ? 'good' : 'bad'} text=${correct ? 'right' : 'wrong'} />`;
  return error === null
    ? html`<span class="quiet">not known</span>`
    : html`<span>off by ${number(error, 3)}</span>`;
}
