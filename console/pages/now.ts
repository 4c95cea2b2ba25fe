import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { ago, byMove, instant, milliseconds, movedBy, number, percent } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Link, urlOf } from '../ui/router.ts';

const REFRESH_MS = 5_000;
/** what p95 and errors are of */
const RECENT_MS = 60 * 60_000;
const MINUTE_MS = 60_000;
/** changes of a deployment after which it goes on */
const UNDER_WAY = new Set(['started', 'shifted', 'passed']);

interface Model {
  model: string;
  production: string | null;
  task: string;
}
interface History {
  production: {
    version: string;
    since: string;
    instant: string;
    requestedBy: string;
    reason: string;
    eventId: string;
  } | null;
}
interface Latency {
  version: string;
  predictions: number;
  failures: number;
  errorRate: number;
  p95: number;
}
interface Deployment {
  version: string | null;
  change: string;
  share: number | null;
}
interface Drift {
  version: string;
  drifted: boolean;
  time: string;
  eventId: string;
  features: readonly { feature: string; psi: number; auroc: number | null; drifted: boolean }[];
}
interface Alert {
  severity: string | null;
  silenced: boolean;
  alertId: string;
  monitorId: string;
  model: string;
  reason: string;
  raisedAt: string | null;
}
interface Ready {
  status: string;
  services: readonly { name: string; state: string; lag: number | null; lastError: string | null }[];
}

/** What is in production, and whether all is well. */
export function NowView(): View {
  const models = useApi<ApiPage<Model>>('/v1/models', REFRESH_MS);
  return html`<${Sheet} title="Now" json="/v1/models">
    <${Loaded} of=${models}>
      ${({ items }: ApiPage<Model>) =>
        items.length === 0
          ? html`<p class="empty">No model is declared yet. <code>npx epochlog init FILE</code> proposes one for a file of rows;
              <code> npx epochlog lifecycle</code> shows a whole life.</p>`
          : html`<div class="cards">${items.map((model) => html`<${ModelCard} key=${model.model} ...${model} />`)}</div>`}
    <//>
    <${Alerts} />
    <div class="cards">
      <${DeadLetters} />
      <${Services} />
    </div>
  <//>`;
}

function ModelCard({ model, task, production }: Model): View {
  return html`<section class="card">
    <h2>${model} <span class="quiet">task ${task}</span></h2>
    ${
      production === null
        ? html`<p>Nothing is in production. <code>npx epochlog train --model ${model}</code> trains a version.</p>`
        : html`<p class="big">${production}</p><${Decision} model=${model} version=${production} />`
    }
    <dl class="headers">
      ${production !== null && html`<dt>traffic</dt><dd><${Traffic} model=${model} production=${production} /></dd>`}
      <dt>drift</dt><dd><${DriftLight} model=${model} production=${production} /></dd>
    </dl>
    <p><${Link} to=${urlOf('/time', { model })}>every version that answered<//></p>
  </section>`;
}

/** Who decided that a version answers, when and why. */
function Decision({ model, version }: { model: string; version: string }): View {
  const path = pathOf(`/v1/models/${encodeURIComponent(model)}/history`, { chain: 'false' });
  const history = useApi<History>(path, REFRESH_MS);
  return html`<${Loaded} of=${history}>
    ${({ production }: History) =>
      production?.version === version &&
      html`<dl class="headers">
        <dt>since</dt><dd>${instant(production.instant)}, decided by ${production.requestedBy} ${ago(production.since)}</dd>
        <dt>reason</dt><dd>${production.reason} (<${Evidence} id=${production.eventId} />)</dd>
      </dl>`}
  <//>`;
}

function Traffic({ model, production }: { model: string; production: string }): View {
  const from = new Date(Math.floor((Date.now() - RECENT_MS) / MINUTE_MS) * MINUTE_MS).toISOString();
  const latency = useApi<ApiPage<Latency>>(pathOf('/v1/latency', { model, from }), REFRESH_MS);
  const deployments = useApi<ApiPage<Deployment>>(
    pathOf(`/v1/models/${encodeURIComponent(model)}/deployments`, { limit: '1' }),
    REFRESH_MS,
  );
  const latest = deployments.data?.items[0];
  const running = latest && UNDER_WAY.has(latest.change) ? latest : undefined;
  return html`<div>
    ${running && html`<div><${Badge} kind="warn" text="deployment" /> <${Link} to=${urlOf('/rollouts', { model })}>${running.version} gets ${running.share ?? 0} % of the traffic<//></div>`}
    <${Loaded} of=${latency}>
      ${({ items }: ApiPage<Latency>) => {
        const answering = items.filter(
          ({ version }) => version === production || version === running?.version,
        );
        return answering.length === 0
          ? html`<span class="quiet">no predictions in the last hour</span>`
          : answering.map(
              (row) => html`<div>${row.version}: ${number(row.predictions)} predictions in the last hour, p95
                ${' '}${milliseconds(row.p95)}, errors ${percent(row.errorRate)}</div>`,
            );
      }}
    <//>
  </div>`;
}

/** Of the last window; that of an earlier version says little of the present one. */
function DriftLight({ model, production }: { model: string; production: string | null }): View {
  const drift = useApi<ApiPage<Drift>>(pathOf('/v1/drift', { model, limit: '1' }), REFRESH_MS);
  if (!drift.data) return html`<span class="quiet">…</span>`;
  const [latest] = drift.data.items;
  if (!latest) return html`<span class="quiet">not measured yet: a window of predictions must be full</span>`;
  const [most] = byMove(latest.features.filter(({ drifted }) => drifted === latest.drifted));
  const isPast = production !== null && latest.version !== production;
  const kind = isPast ? 'plain' : latest.drifted ? 'bad' : 'good';
  return html`<span>${isPast && html`not measured yet for ${production}; before: `}<${Badge} kind=${kind} text=${latest.drifted ? 'drifted' : 'no drift'} />
    ${' '}${most && html`${most.feature} moved most (${movedBy(most)})`}, ${latest.version},
    ${' '}<${Evidence} id=${latest.eventId} text="events" />, <${Link} to=${urlOf('/drift', { model })}>all features<//></span>`;
}

function Alerts(): View {
  const alerts = useApi<ApiPage<Alert>>('/v1/alerts?status=open', REFRESH_MS);
  return html`<section class="card">
    <h2>Open alerts</h2>
    <${Loaded} of=${alerts}>
      ${({ items }: ApiPage<Alert>) => html`<${Table}
        caption="Open alerts"
        rows=${items}
        empty="None."
        columns=${[
          { name: 'model', cell: ({ model }: Alert) => model },
          {
            name: 'alert',
            cell: ({ alertId, monitorId }: Alert) =>
              html`<${Link} to=${urlOf('/events', { subject: monitorId })}>${alertId}<//>`,
          },
          {
            name: 'severity',
            cell: ({ severity, silenced }: Alert) =>
              html`<${Badge} kind=${severity === 'critical' ? 'bad' : 'warn'} text=${severity ?? 'warning'} />${silenced ? ' silenced' : ''}`,
          },
          { name: 'why', cell: ({ reason }: Alert) => reason },
          { name: 'since', cell: ({ raisedAt }: Alert) => raisedAt && ago(raisedAt) },
        ]}
      />`}
    <//>
  </section>`;
}

interface DeadLetter {
  id: string;
  service: string;
  code: string;
  type: string;
  time: string;
}

/** What waits for a decision. */
function DeadLetters(): View {
  const found = useApi<ApiPage<DeadLetter>>('/v1/dead-letters?limit=100', REFRESH_MS);
  return html`<section class="card">
    <h2>Dead letters</h2>
    <${Loaded} of=${found}>
      ${({ items, next }: ApiPage<DeadLetter>) =>
        items.length === 0
          ? html`<p class="empty">None: every event was processed.</p>`
          : html`<p><${Badge} kind="bad" text=${`${items.length}${next ? ' or more' : ''} open`} />
              ${' '}the oldest since ${ago(items[0]!.time)}: ${items[0]!.code} in ${items[0]!.service};
              ${' '}<${Link} to=${urlOf('/operations')}>redrive or discard them<//></p>`}
    <//>
  </section>`;
}

function Services(): View {
  const ready = useApi<Ready>('/health/ready', REFRESH_MS);
  return html`<section class="card">
    <h2>Services of this process</h2>
    <${Loaded} of=${ready}>
      ${({ services }: Ready) => html`<p>${summaryOf(services)}</p>
      <details open=${services.some(({ state }) => !RUNS.has(state))}><summary>each of them</summary><${Table}
        caption="State of each"
        rows=${services}
        empty="None runs here."
        columns=${[
          { name: 'service', cell: ({ name }: Ready['services'][number]) => name },
          {
            name: 'state',
            cell: ({ state }: Ready['services'][number]) =>
              html`<${Badge} kind=${RUNS.has(state) ? 'good' : 'bad'} text=${state} />`,
          },
          { name: 'lag', isNumber: true, cell: ({ lag }: Ready['services'][number]) => number(lag) },
          { name: 'last error', cell: ({ lastError }: Ready['services'][number]) => lastError ?? '' },
        ]}
      /></details>`}
    <//>
  </section>`;
}

const RUNS = new Set(['running', 'standby']);

/** Whether all run, and which is behind most. */
function summaryOf(services: Ready['services']): string {
  const running = services.filter(({ state }) => RUNS.has(state)).length;
  const last = services.toSorted((a, b) => (b.lag ?? 0) - (a.lag ?? 0))[0];
  const behind = last?.lag
    ? `the largest lag is ${number(last.lag)} events, of ${last.name}`
    : 'none is behind';
  return `${running} of ${services.length} run; ${behind}.`;
}
