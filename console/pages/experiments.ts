import { Action } from '../ui/act.ts';
import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { Curves } from '../ui/curve.ts';
import { instant, number, percent } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import type { PageProps } from '../ui/page.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Link, urlOf } from '../ui/router.ts';

const REFRESH_MS = 5_000;

interface Experiment {
  experimentId: string;
  model: string;
  state: string;
  verdict: string | null;
  arms: readonly { name: string; version: string; share: number }[];
  traffic: number;
  units: readonly number[];
  startedAt: string;
}
interface Comparison {
  metric: string;
  role: string;
  segment: string | null;
  arm: string;
  message: string | null;
  control: number | null;
  treatment: number | null;
  lift: number | null;
  difference: number | null;
  sequentialLow: number | null;
  sequentialHigh: number | null;
  correctedPValue: number | null;
  winProbability: number | null;
}
interface Analysis {
  verdict: string | null;
  reasons: readonly { message: string }[];
  sampleRatioPValue: number | null;
  isSampleRatioMismatch: boolean | null;
  counts: readonly {
    arm: string;
    version: string;
    units: number;
    predictions: number;
    failures: number;
    outcomes: number;
  }[];
  comparisons: readonly Comparison[];
}
interface Detail {
  model: string;
  state: string;
  analysis: Analysis | null;
  changes: readonly {
    change: string;
    reason: string | null;
    requestedBy: string | null;
    instant: string;
    eventId: string;
  }[];
}

export function ExperimentsView({ rest, parameters }: PageProps): View {
  if (rest) return html`<${ExperimentView} id=${rest} />`;
  const json = pathOf('/v1/experiments', { model: parameters.get('model') ?? undefined, limit: '50' });
  const experiments = useApi<ApiPage<Experiment>>(json, REFRESH_MS);
  return html`<${Sheet} title="Experiments" json=${json}>
    <${Loaded} of=${experiments}>
      ${({ items }: ApiPage<Experiment>) => html`<${Table} caption="Experiments, newest first" rows=${items}
        empty=${html`None yet: <code>npx epochlog experiment start</code> compares two versions on a part of the traffic.`}
        columns=${[
          {
            name: 'experiment',
            cell: ({ experimentId }: Experiment) =>
              html`<${Link} to=${urlOf(`/experiments/${encodeURIComponent(experimentId)}`)}>${experimentId}<//>`,
          },
          { name: 'model', cell: ({ model }: Experiment) => model },
          { name: 'state', cell: ({ state }: Experiment) => state },
          { name: 'verdict', cell: ({ verdict }: Experiment) => html`<${Verdict} of=${verdict} />` },
          {
            name: 'arms',
            cell: ({ arms }: Experiment) =>
              arms.map(({ name, version, share }) => `${name} ${version} ${share} %`).join(', '),
          },
          {
            name: 'units',
            isNumber: true,
            cell: ({ units }: Experiment) => units.map((count) => number(count)).join(' / '),
          },
          { name: 'began (UTC)', cell: ({ startedAt }: Experiment) => instant(startedAt) },
        ]} />`}
    <//>
  <//>`;
}

const Verdict = ({ of: verdict }: { of: string | null }): View =>
  html`<${Badge} kind=${verdict === 'PROMOTE' ? 'good' : verdict === 'KEEP' ? 'warn' : 'plain'} text=${verdict ?? 'not analysed yet'} />`;

/** The check of the split first: with a wrong split, nothing below may be read. */
function ExperimentView({ id }: { id: string }): View {
  const json = `/v1/experiments/${encodeURIComponent(id)}`;
  const experiment = useApi<Detail>(json, REFRESH_MS);
  return html`<${Sheet} title=${`Experiment ${id}`} json=${json}>
    <${Loaded} of=${experiment}>
      ${({ model, state, analysis, changes }: Detail) => html`<div>
        <p>${model}, ${state}</p>
        ${analysis ? html`<${Reading} of=${analysis} /><${OverTime} id=${id} />` : html`<p class="empty">No analysis yet.</p>`}
        ${state === 'running' && html`<${Endings} id=${id} />`}
        <h2>What happened</h2>
        <${Table} caption="Newest first" rows=${changes} empty="Nothing." columns=${CHANGES} />
      </div>`}
    <//>
  <//>`;
}

function Endings({ id }: { id: string }): View {
  const path = `/v1/experiments/${encodeURIComponent(id)}`;
  return html`<div class="filters">
    <${Action} name="Conclude" path=${`${path}/conclude`} body=${{}}>It ends with a last analysis, and its verdict.<//>
    <${Action} name="Stop" path=${`${path}/stop`} body=${{}}>It ends without a verdict: all requests go to the version in production.<//>
  </div>`;
}

type Change = Detail['changes'][number];
const CHANGES = [
  { name: 'instant (UTC)', cell: ({ instant: time }: Change) => instant(time) },
  { name: 'change', cell: ({ change }: Change) => change },
  { name: 'by', cell: ({ requestedBy }: Change) => requestedBy ?? '' },
  { name: 'reason', cell: ({ reason }: Change) => reason ?? '' },
  { name: 'events', cell: ({ eventId }: Change) => html`<${Evidence} id=${eventId} />` },
];

function Reading({ of: analysis }: { of: Analysis }): View {
  const { isSampleRatioMismatch: isWrong, sampleRatioPValue: p } = analysis;
  return html`<div>
    ${
      isWrong
        ? html`<p class="problem" role="alert"><strong>The split is wrong</strong> (p ${number(p, 2)}): nothing below may be read.</p>`
        : p === null
          ? html`<p><${Badge} kind="plain" text="split not measured yet" /></p>`
          : html`<p><${Badge} kind="good" text="split as planned" /> p ${number(p, 2)}</p>`
    }
    <p class="big"><${Verdict} of=${analysis.verdict} /></p>
    <ul>${analysis.reasons.map(({ message }) => html`<li>${message}</li>`)}</ul>
    <${Table} caption="Metrics; the intervals hold at every look" rows=${analysis.comparisons} empty="No metric can be compared yet." columns=${METRICS} />
    <${Table} caption="Arms" rows=${analysis.counts} empty="No unit yet." columns=${ARMS} />
  </div>`;
}

interface Analysed {
  id: string;
  data: { review: number; comparisons: readonly Comparison[] };
}

/** The difference in each primary metric at every look, with its interval. */
function OverTime({ id }: { id: string }): View {
  const path = pathOf('/v1/events', { type: 'ExperimentAnalysed', subject: id, limit: '1000' });
  const events = useApi<ApiPage<Analysed>>(path, REFRESH_MS).data?.items ?? [];
  const looks = events.flatMap(({ data: { review, comparisons } }) =>
    comparisons.map((comparison) => ({ review, ...comparison })),
  );
  const measured = looks.filter(
    ({ role, segment, difference }) => role === 'primary' && segment === null && difference !== null,
  );
  if (measured.length < 2)
    return html`<p class="quiet">The interval over time is drawn from the second analysis on.</p>`;
  return html`<div class="pair">${[...Map.groupBy(measured, ({ metric, arm }) => `${metric}, ${arm}`)].map(
    ([
      name,
      own,
    ]) => html`<${Curves} key=${name} title=${`Difference in ${name}, with the interval that holds at every look`} axis="analysis"
      curves=${[
        {
          name,
          steps: own.map(({ review }) => review),
          mean: own.map(({ difference }) => difference),
          least: own.map(({ sequentialLow }) => sequentialLow),
          most: own.map(({ sequentialHigh }) => sequentialHigh),
        },
      ]} />`,
  )}</div>`;
}

const METRICS = [
  { name: 'metric', cell: ({ metric, segment }: Comparison) => [metric, segment].filter(Boolean).join(', ') },
  { name: 'role', cell: ({ role }: Comparison) => role },
  { name: 'arm', cell: ({ arm }: Comparison) => arm },
  { name: 'control', isNumber: true, cell: ({ control }: Comparison) => number(control) },
  { name: 'treatment', isNumber: true, cell: ({ treatment }: Comparison) => number(treatment) },
  { name: 'lift', isNumber: true, cell: ({ lift }: Comparison) => percent(lift) },
  {
    name: 'difference',
    isNumber: true,
    cell: (of: Comparison) =>
      `${number(of.difference)} (${number(of.sequentialLow)} to ${number(of.sequentialHigh)})`,
  },
  {
    name: 'p, corrected',
    isNumber: true,
    cell: ({ correctedPValue }: Comparison) => number(correctedPValue, 2),
  },
  {
    name: 'probability of a win',
    isNumber: true,
    cell: ({ winProbability }: Comparison) => percent(winProbability),
  },
  { name: 'note', cell: ({ message }: Comparison) => message ?? '' },
];

type Count = Analysis['counts'][number];
const ARMS = [
  { name: 'arm', cell: ({ arm }: Count) => arm },
  { name: 'version', cell: ({ version }: Count) => version },
  { name: 'units', isNumber: true, cell: ({ units }: Count) => number(units) },
  { name: 'predictions', isNumber: true, cell: ({ predictions }: Count) => number(predictions) },
  { name: 'failures', isNumber: true, cell: ({ failures }: Count) => number(failures) },
  {
    name: 'labels still missing',
    isNumber: true,
    cell: ({ predictions, outcomes }: Count) =>
      predictions === 0 ? '–' : percent(1 - outcomes / predictions),
  },
];
