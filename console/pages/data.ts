import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number, percent } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import type { PageProps } from '../ui/page.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Progress } from '../ui/progress.ts';
import { go, Link, urlOf } from '../ui/router.ts';
import { DatasetView } from './dataset.ts';

const REFRESH_MS = 5_000;

type Counts = Readonly<Record<string, number>>;
interface Funnel {
  lines: number;
  unreadable: Counts;
  rejected: Counts;
  deduplicated: Counts;
  accepted: number;
}
interface Dataset {
  datasetId: string;
  status: string;
  model: string | null;
  train: number;
  validation: number;
  test: number;
  reason: string | null;
  time: string;
}
interface Duplicate {
  recordId: string;
  duplicateOf: string | null;
  matchedBy: string | null;
  similarity: number | null;
  decidedAt: string;
  eventId: string;
}
interface Recorded {
  recordId: string;
  time: string | null;
  fields: Readonly<Record<string, unknown>>;
}

export function DataSheet({ rest, parameters }: PageProps): View {
  if (rest) return html`<${DatasetView} id=${rest} parameters=${parameters} />`;
  return html`<${Overview} parameters=${parameters} />`;
}

/** Of a task: what became of its records, which repeat others, and the datasets. */
function Overview({ parameters }: { parameters: URLSearchParams }): View {
  const tasks =
    useApi<ApiPage<{ task: string }>>('/v1/tasks?limit=1000').data?.items.map(({ task }) => task) ?? [];
  const models = useApi<ApiPage<{ task: string }>>('/v1/models?limit=1');
  const task = parameters.get('task') ?? models.data?.items[0]?.task ?? (models.data && tasks[0]);
  const json = task && `/v1/tasks/${encodeURIComponent(task)}/funnel`;
  const funnel = useApi<Funnel>(json, REFRESH_MS);
  const datasets = useApi<ApiPage<Dataset>>('/v1/datasets?limit=50', REFRESH_MS);
  const choose = (event: Event) => go(urlOf('/data', { task: (event.target as HTMLSelectElement).value }));
  return html`<${Sheet} title="Data" json=${json}>
    <p><label for="task">Task </label><select id="task" onChange=${choose}>
      ${tasks.map((each) => html`<option value=${each} selected=${each === task}>${each}</option>`)}
    </select></p>
    <${Loaded} of=${funnel}>${(found: Funnel) => html`<${Steps} of=${found} />`}<//>
    ${task && html`<${Collections} task=${task} />`}
    ${task && html`<${Duplicates} task=${task} parameters=${parameters} />`}
    <${Loaded} of=${datasets}>
      ${({ items }: ApiPage<Dataset>) => html`<${Table} caption="Datasets, newest first" rows=${items}
        empty=${html`No dataset is sealed yet: <code>npx epochlog dataset seal --model NAME</code> seals one.`}
        columns=${[
          {
            name: 'dataset',
            cell: ({ datasetId }: Dataset) =>
              html`<${Link} to=${urlOf(`/data/${encodeURIComponent(datasetId)}`)}>${datasetId}<//>`,
          },
          {
            name: 'status',
            cell: ({ status, reason }: Dataset) => html`<span title=${reason}>${status}</span>`,
          },
          { name: 'model', cell: ({ model }: Dataset) => model },
          { name: 'training', isNumber: true, cell: ({ train }: Dataset) => number(train) },
          { name: 'validation', isNumber: true, cell: ({ validation }: Dataset) => number(validation) },
          { name: 'test', isNumber: true, cell: ({ test }: Dataset) => number(test) },
          { name: 'sealed (UTC)', cell: ({ time }: Dataset) => instant(time) },
        ]} />`}
    <//>
  <//>`;
}

interface Step {
  name: string;
  why: string;
  records: number;
  isKept: boolean;
}

/** The steps from a line of a source to a sample, with what each has left out. */
function Steps({ of: { lines, unreadable, rejected, deduplicated, accepted } }: { of: Funnel }): View {
  const out = (name: string, counts: Counts): Step[] =>
    Object.entries(counts).map(([why, records]) => ({ name, why, records, isKept: false }));
  const steps: Step[] = [
    { name: 'collected', why: '', records: lines, isKept: true },
    ...out('no record', unreadable),
    ...out('rejected', rejected),
    ...out('repeats another', deduplicated),
    { name: 'accepted', why: '', records: accepted, isKept: true },
  ];
  return html`<${Table} caption="From a line to a sample" rows=${lines === 0 ? [] : steps}
    empty=${html`Nothing of it is collected yet: <code>npx epochlog collect FILE --task NAME</code> reads a file.`}
    columns=${[
      { name: 'step', cell: ({ name, isKept }: Step) => (isKept ? html`<b>${name}</b>` : name) },
      { name: 'why', cell: ({ why }: Step) => why },
      { name: 'records', isNumber: true, cell: ({ records }: Step) => number(records) },
      {
        name: 'share',
        isNumber: true,
        cell: ({ records }: Step) => percent(records / Math.max(lines, 1), 2),
      },
      {
        name: 'of all',
        cell: ({ records }: Step) =>
          html`<meter min="0" max=${lines} value=${records} aria-label=${`${records} of ${lines}`}></meter>`,
      },
    ]} />`;
}

interface Collection {
  collectionId: string;
  status: string;
  records: number;
  rejected: number;
  total: number | null;
  source: string;
  reason: string | null;
  requestedAt: string;
  startedAt: string | null;
}

const secondsSince = (time: string | null): number =>
  time === null ? 0 : (Date.now() - Date.parse(time)) / 1_000;

/** What was collected; of those that go on, how far they are. */
function Collections({ task }: { task: string }): View {
  const found = useApi<ApiPage<Collection>>(pathOf('/v1/collections', { task, limit: '10' }), REFRESH_MS);
  return html`<${Loaded} of=${found}>
    ${({ items }: ApiPage<Collection>) => html`<div>
      ${items
        .filter(({ status }) => status === 'running')
        .map(({ collectionId, records, total, startedAt }) =>
          total === null
            ? html`<p class="progress"><progress aria-label=${collectionId}></progress> ${collectionId}: ${number(records)} records so far,
                ${' '}${number(records / Math.max(secondsSince(startedAt), 1), 3)} a second</p>`
            : html`<${Progress} what=${`${collectionId}: record`} done=${records} all=${total} seconds=${secondsSince(startedAt)} />`,
        )}
      <${Table} caption="Collections, the last ten" rows=${items} empty=${html`None yet: <code>npx epochlog collect FILE --task ${task}</code> reads a file.`}
        columns=${[
          {
            name: 'collection',
            cell: ({ collectionId }: Collection) =>
              html`<${Link} to=${urlOf('/events', { subject: collectionId })}>${collectionId}<//>`,
          },
          { name: 'source', cell: ({ source }: Collection) => source },
          {
            name: 'status',
            cell: ({ status, reason }: Collection) =>
              html`<span title=${reason}><${Badge} kind=${status === 'failed' ? 'bad' : status === 'completed' ? 'good' : 'warn'} text=${status} /></span>`,
          },
          { name: 'records', isNumber: true, cell: ({ records }: Collection) => number(records) },
          { name: 'rejected', isNumber: true, cell: ({ rejected }: Collection) => number(rejected) },
          { name: 'asked for (UTC)', cell: ({ requestedAt }: Collection) => instant(requestedAt) },
        ]} /></div>`}
  <//>`;
}

function Duplicates({ task, parameters }: { task: string; parameters: URLSearchParams }): View {
  const pair = [parameters.get('record'), parameters.get('of')] as const;
  const matchedBy = parameters.get('matchedBy') ?? undefined;
  const cursor = parameters.get('cursor') ?? undefined;
  const path = `/v1/tasks/${encodeURIComponent(task)}/duplicates`;
  const found = useApi<ApiPage<Duplicate>>(pathOf(path, { matchedBy, cursor, limit: '20' }));
  const here = { task, matchedBy, cursor };
  return html`<section>
    ${pair[0] && pair[1] && html`<${Pair} task=${task} ids=${pair as [string, string]} back=${urlOf('/data', here)} />`}
    <${Loaded} of=${found}>
      ${({ items, next }: ApiPage<Duplicate>) => html`<div>
        <${Table} caption="Records that repeat others, newest first" rows=${items} empty="No record repeats another."
          columns=${[
            { name: 'record', cell: ({ recordId }: Duplicate) => recordId },
            { name: 'repeats', cell: ({ duplicateOf }: Duplicate) => duplicateOf },
            { name: 'found by', cell: ({ matchedBy }: Duplicate) => matchedBy },
            {
              name: 'similarity',
              isNumber: true,
              cell: ({ similarity }: Duplicate) => number(similarity, 3),
            },
            { name: 'decided (UTC)', cell: ({ decidedAt }: Duplicate) => instant(decidedAt) },
            {
              name: 'look',
              cell: ({ recordId, duplicateOf, eventId }: Duplicate) => html`<span>
                <${Link} to=${urlOf('/data', { ...here, record: recordId, of: duplicateOf ?? undefined })}>side by side<//>
                ${' '}<${Evidence} id=${eventId} /></span>`,
            },
          ]} />
        ${next && html`<p><${Link} to=${urlOf('/data', { ...here, cursor: next })}>older<//></p>`}
      </div>`}
    <//>
  </section>`;
}

/** Two records side by side. */
function Pair({ task, ids, back }: { task: string; ids: readonly [string, string]; back: string }): View {
  return html`<div><h2>Side by side</h2>
    <div class="pair">${ids.map((id) => html`<${Single} task=${task} id=${id} />`)}</div>
    <p><${Link} to=${back}>close<//></p></div>`;
}

function Single({ task, id }: { task: string; id: string }): View {
  const path = `/v1/records/${encodeURIComponent(task)}/${id.split('/').map(encodeURIComponent).join('/')}`;
  const record = useApi<Recorded>(path);
  return html`<section aria-label=${id}><h3>${id}</h3>
    <${Loaded} of=${record}>
      ${({ fields, time }: Recorded) => html`<dl>
        <dt>time</dt><dd>${instant(time)}</dd>
        ${Object.entries(fields).map(([name, value]) => html`<dt>${name}</dt><dd>${String(value)}</dd>`)}
      </dl>`}
    <//></section>`;
}
