import { Action } from '../ui/act.ts';
import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number, percent } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Picture } from '../ui/picture.ts';
import { Link, urlOf } from '../ui/router.ts';
import { type Check, GateTable } from './gates.ts';

interface Listed {
  baseline: string;
  candidate: string;
  evaluationId: string;
  samples: number;
  primaryMetric: string;
  value: number;
  baselineValue: number;
  time: string;
  eventId: string;
}
interface Row {
  name: string;
  unit: string;
  baseline: number | null;
  candidate: number;
  difference: number | null;
  verdict: 'better' | 'worse' | null;
}
interface Test {
  name: string;
  metric: string;
  improvement: number;
  interval: readonly [number, number];
  pValue: number;
  discordance: { better: number; worse: number } | null;
}
interface Comparison {
  baseline: string;
  candidate: string;
  verdict: { outcome: string; reasons: readonly string[] };
  policyVersion: number;
  source: string;
  samples: number;
  metrics: readonly Row[];
  costs: readonly Row[];
  tests: readonly Test[];
  gates: readonly Check[];
  plots: readonly { name: string; title: string }[];
  time: string;
  eventId: string;
}

const OUTCOMES: Readonly<Record<string, 'good' | 'bad'>> = { PROMOTE: 'good', REJECT: 'bad' };

const besideUrl = (model: string, { candidate, baseline, evaluationId }: Listed): string =>
  urlOf(`/models/${encodeURIComponent(model)}/${encodeURIComponent(candidate)}`, {
    beside: baseline,
    evaluation: evaluationId,
  });

/** Whether a version should replace another, and why. */
export function BesideView(props: {
  model: string;
  version: string;
  beside: string;
  evaluation: string | undefined;
}): View {
  const { model, version, beside, evaluation } = props;
  const path = `/v1/models/${encodeURIComponent(model)}/comparisons/${encodeURIComponent(beside)}/${encodeURIComponent(version)}`;
  const json = pathOf(path, { evaluationId: evaluation });
  const found = useApi<Comparison>(json);
  const plot = (name: string, format?: string) =>
    pathOf(`${path}/plots/${name}`, { evaluationId: evaluation, format });
  const of = (name: string) => urlOf(`/models/${encodeURIComponent(model)}/${encodeURIComponent(name)}`);
  return html`<${Sheet} title=${`${version} beside ${beside}`} json=${json}>
    <${Loaded} of=${found}>
      ${(it: Comparison) => html`<div>
        <p class="big" role="status"><${Badge} kind=${OUTCOMES[it.verdict.outcome] ?? 'warn'} text=${it.verdict.outcome} /></p>
        <ul>${it.verdict.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
        <p>Would <${Link} to=${of(version)}>${version}<//> replace <${Link} to=${of(beside)}>${beside}<//> of
          ${' '}<${Link} to=${urlOf('/models', { model })}>${model}<//>? Both answered the same ${number(it.samples)} samples of ${it.source},
          ${' '}${instant(it.time)} UTC; <${Evidence} id=${it.eventId} text="the event" />. Judged by policy ${it.policyVersion === 0 ? 'default' : `version ${it.policyVersion}`}, as it is now.</p>
        <${Table} caption="Sample by sample" rows=${it.tests} empty="No metric of the two can be compared in pairs." columns=${TESTS} />
        <${Table} caption="Metrics, and what differs" rows=${it.metrics} empty="No metric was measured of both." columns=${[
          { name: 'metric', cell: ({ name }: Row) => name },
          ...columnsOf(it),
          {
            name: 'verdict',
            cell: ({ verdict }: Row) =>
              verdict && html`<${Badge} kind=${verdict === 'better' ? 'good' : 'bad'} text=${verdict} />`,
          },
        ]} />
        <${Table} caption="What they cost, on the machine that measured them" rows=${it.costs} empty="It was not measured."
          columns=${[{ name: 'cost', cell: ({ name }: Row) => name }, ...columnsOf(it)]} />
        <h2>Gates for production</h2>
        <${GateTable} caption="Bounds of the policy" checks=${it.gates} />
        <div class="pair">${it.plots.map(({ name, title }) => html`<${Picture} key=${name} title=${title} path=${plot(name)} csvPath=${plot(name, 'csv')} />`)}</div>
      </div>`}
    <//>
  <//>`;
}

/** A score has no unit. */
const withUnit = (value: number, unit: string): string =>
  unit === 'score' ? number(value) : `${number(value)} ${unit}`.trimEnd();

const shown = (value: number | null, unit: string): string =>
  value === null ? '–' : unit === 'fraction' ? percent(value, 2) : withUnit(value, unit);

const signed = (value: number | null, unit: string): string =>
  value === null
    ? '–'
    : unit === 'fraction'
      ? `${value > 0 ? '+' : ''}${(100 * value).toFixed(2)} points`
      : `${value > 0 ? '+' : ''}${withUnit(value, unit)}`;

const columnsOf = ({ baseline, candidate }: Comparison) => [
  { name: baseline, isNumber: true, cell: (row: Row) => shown(row.baseline, row.unit) },
  { name: candidate, isNumber: true, cell: (row: Row) => shown(row.candidate, row.unit) },
  { name: 'difference', isNumber: true, cell: (row: Row) => signed(row.difference, row.unit) },
];

const TESTS = [
  { name: 'test', cell: ({ name, metric }: Test) => `${name} of ${metric}` },
  { name: 'improvement', isNumber: true, cell: ({ improvement }: Test) => number(improvement) },
  {
    name: '95 % interval',
    isNumber: true,
    cell: ({ interval: [low, high] }: Test) => `${number(low)} to ${number(high)}`,
  },
  { name: 'p, two-sided', isNumber: true, cell: ({ pValue }: Test) => number(pValue, 2) },
  {
    name: 'samples that one of both has right',
    cell: ({ discordance }: Test) =>
      discordance ? `${discordance.better} only the new one, ${discordance.worse} only the old one` : '',
  },
];

/** What a version was measured beside; and a button that does it. */
export function Beside(props: { model: string; version: string; datasetId: string | null }): View {
  const { model, version, datasetId } = props;
  const path = `/v1/models/${encodeURIComponent(model)}`;
  const found = useApi<ApiPage<Listed>>(pathOf(`${path}/comparisons`, { version, limit: '20' }), 5_000);
  const production = useApi<{ production: string | null }>(path).data?.production;
  return html`<section><h2>Beside other versions</h2>
    <${Loaded} of=${found}>
      ${({
        items,
      }: ApiPage<Listed>) => html`<${Table} caption="On the same samples, the newest first" rows=${items}
        empty="It was not measured beside another version yet." columns=${[
          {
            name: 'comparison',
            cell: (item: Listed) =>
              html`<${Link} to=${besideUrl(model, item)}>${item.candidate} beside ${item.baseline}<//>`,
          },
          {
            name: 'metric',
            isNumber: true,
            cell: ({ primaryMetric, value, baselineValue }: Listed) =>
              `${primaryMetric} ${number(value)} against ${number(baselineValue)}`,
          },
          { name: 'samples', isNumber: true, cell: ({ samples }: Listed) => number(samples) },
          { name: 'measured (UTC)', cell: ({ time }: Listed) => instant(time) },
        ]} />`}
    <//>
    ${
      production &&
      production !== version &&
      datasetId &&
      html`<${Action} name=${`Measure beside ${production}`} path="/v1/evaluations" body=${{ model, version, baseline: production, datasetId }} reasonAs=${null}>Both answer the test split of ${datasetId}; nothing else changes.<//>`
    }
  </section>`;
}
