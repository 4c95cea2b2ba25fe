import { Action } from '../ui/act.ts';
import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { ModelChoice, useModel } from '../ui/model-choice.ts';
import type { PageProps } from '../ui/page.ts';
import { Badge, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Link, urlOf } from '../ui/router.ts';
import { VersionView } from './version.ts';

const REFRESH_MS = 5_000;

interface Version {
  version: string;
  status: string;
  reason: string | null;
  runId: string | null;
  metrics: Readonly<Record<string, number>>;
  primaryMetric: string | null;
  registeredAt: string | null;
}

const KINDS: Readonly<Record<string, 'good' | 'bad' | 'warn'>> = {
  production: 'good',
  refused: 'bad',
  approved: 'warn',
};

/** The versions of a model; those may be promoted, and the one in production rolled back. */
export function ModelsView({ rest, parameters }: PageProps): View {
  if (rest.includes('/')) return html`<${VersionView} of=${rest} parameters=${parameters} />`;
  return html`<${Versions} parameters=${parameters} />`;
}

function Versions({ parameters }: { parameters: URLSearchParams }): View {
  const { model, models } = useModel(parameters);
  const cursor = parameters.get('cursor') ?? undefined;
  const path = model && `/v1/models/${encodeURIComponent(model)}`;
  const json = path && pathOf(`${path}/versions`, { cursor, limit: '50' });
  const versions = useApi<ApiPage<Version>>(json || undefined, REFRESH_MS);
  return html`<${Sheet} title="Models" json=${json}>
    <${ModelChoice} page="/models" model=${model} models=${models} />
    ${
      model &&
      html`<${Loaded} of=${versions}>
      ${({ items, next }: ApiPage<Version>) => html`<div>
        <${Production} model=${model} items=${items} />
        <${Table} caption="Versions, newest first" rows=${items}
          empty=${html`None yet: <code>npx epochlog train --model ${model}</code> trains one.`} columns=${columnsOf(model, items)} />
        ${next && html`<p><${Link} to=${urlOf('/models', { model, cursor: next })}>older<//></p>`}
      </div>`}
    <//>`
    }
  <//>`;
}

const productionIn = (items: readonly Version[]) =>
  items.find(({ status }) => status === 'production')?.version;

function Production({ model, items }: { model: string; items: readonly Version[] }): View {
  const production = productionIn(items);
  if (!production) return null;
  return html`<section class="card"><p class="big">${production} <${Badge} kind="good" text="in production" /></p>
    <p><${Link} to=${urlOf('/time', { model })}>what was in production before<//></p>
    <${Action} name="Roll back" path="/v1/rollbacks" body=${{ model }}>The version before ${production} comes back at once.<//>
  </section>`;
}

function columnsOf(model: string, items: readonly Version[]) {
  const production = productionIn(items);
  const expected = production === undefined ? {} : { expected: production };
  const card = (version: string) =>
    `/v1/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/card.html`;
  return [
    {
      name: 'version',
      cell: ({ version }: Version) =>
        html`<${Link} to=${urlOf(`/models/${encodeURIComponent(model)}/${encodeURIComponent(version)}`)}>${version}<//>`,
    },
    {
      name: 'status',
      cell: ({ status }: Version) => html`<${Badge} kind=${KINDS[status] ?? 'plain'} text=${status} />`,
    },
    {
      name: 'metric',
      isNumber: true,
      cell: ({ primaryMetric, metrics }: Version) =>
        primaryMetric ? `${primaryMetric} ${number(metrics[primaryMetric])}` : '–',
    },
    { name: 'why', cell: ({ reason }: Version) => reason ?? '' },
    {
      name: 'run',
      cell: ({ runId }: Version) =>
        runId && html`<${Link} to=${urlOf(`/runs/${encodeURIComponent(runId)}`)}>${runId}<//>`,
    },
    { name: 'registered (UTC)', cell: ({ registeredAt }: Version) => instant(registeredAt) },
    {
      name: 'card',
      cell: ({ version }: Version) => html`<a class="short" href=${card(version)}>model card</a>`,
    },
    {
      name: 'action',
      cell: ({ version }: Version) =>
        version !== production &&
        html`<${Action} name=${`Promote ${version}`} path="/v1/promotions" body=${{ model, version, ...expected }}>
          ${version} replaces ${production ?? 'nothing'}; refused when another version is in production by then.<//>`,
    },
  ];
}
