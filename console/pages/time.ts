import { useState } from 'preact/hooks';
import { pathOf, useApi } from '../ui/api.ts';
import { type Change, type Stretch, stretchAt, stretches } from '../ui/band.ts';
import { Beneath } from '../ui/beneath.ts';
import { instant } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { ModelChoice, useModel } from '../ui/model-choice.ts';
import type { PageProps } from '../ui/page.ts';
import { Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, Link, urlOf } from '../ui/router.ts';

const DAY_MS = 86_400_000;
/** of the slider */
const STEPS = 1_000;
const COLOURS = 6;

interface History {
  changes: readonly Change[];
}
interface Then {
  production: {
    version: string;
    since: string;
    instant: string;
    reason: string;
    requestedBy: string;
    runId: string;
    datasetId: string;
    eventId: string;
  } | null;
}
interface Caused {
  id: string;
  type: string;
  subject: string;
  instant: string;
}

/** At any instant: which version answered, who decided so, why, and what led to it. */
export function TimeView({ parameters }: PageProps): View {
  const { model, models } = useModel(parameters);
  const json = model && `/v1/models/${encodeURIComponent(model)}/history`;
  const history = useApi<History>(json ? pathOf(json, { chain: 'false' }) : undefined);
  return html`<${Sheet} title="Time machine" json=${json || undefined}>
    <${ModelChoice} page="/time" model=${model} models=${models} />
    ${
      model &&
      html`<${Loaded} of=${history}>
      ${({ changes }: History) => html`<${Machine} model=${model} changes=${changes} at=${parameters.get('at')} />`}
    <//>`
    }
  <//>`;
}

function Machine(props: { model: string; changes: readonly Change[]; at: string | null }): View {
  const { model, changes, at: asked } = props;
  const [now] = useState(Date.now);
  const all = stretches(changes);
  if (all.length === 0)
    return html`<p class="empty">Nothing of ${model} has been in production. <code>npx epochlog train --model ${model}</code> trains a version.</p>`;
  const from = all[0]!.from - DAY_MS;
  const last = changes.reduce((latest, { instant: time }) => Math.max(latest, Date.parse(time)), from);
  const to = Math.max(from + DAY_MS, Math.min(now, last + Math.max(DAY_MS, (last - from) / 20)));
  const at = Math.min(Math.max(asked ? Date.parse(asked) || to : to, from), to);
  const move = (event: Event) => {
    const chosen = new Date(Number((event.target as HTMLInputElement).value)).toISOString();
    go(urlOf('/time', { model, at: chosen }), { replaces: true });
  };
  const moveToDay = (event: Event) => {
    const day = (event.target as HTMLInputElement).value;
    if (day) go(urlOf('/time', { model, at: `${day}T00:00:00.000Z` }));
  };
  return html`<section>
    <${Band} stretches=${all} from=${from} to=${to} at=${at} />
    <p class="filters"><label for="day">Day </label><input id="day" type="date" value=${new Date(at).toISOString().slice(0, 10)}
      min=${new Date(from).toISOString().slice(0, 10)} max=${new Date(to).toISOString().slice(0, 10)} onChange=${moveToDay} /></p>
    <label for="at">Instant: ${instant(new Date(at).toISOString())} UTC</label>
    <input id="at" class="wide" type="range" min=${from} max=${to} step=${Math.max(1, (to - from) / STEPS)} value=${at}
      aria-valuetext=${instant(new Date(at).toISOString())} onInput=${move} />
    <${Beneath} model=${model} from=${from} to=${to} at=${at}>
      <${Answered} model=${model} stretch=${stretchAt(all, at)} at=${at < to ? at : undefined} />
    <//>
    <h2>All changes</h2>
    <${Table} caption="Changes, newest first" rows=${changes} empty="None." columns=${CHANGE_COLUMNS} />
  </section>`;
}

const CHANGE_COLUMNS = [
  { name: 'instant (UTC)', cell: ({ instant: time }: Change) => instant(time) },
  { name: 'version', cell: ({ version }: Change) => version },
  { name: 'change', cell: ({ change }: Change) => change.replace('_', ' ') },
  { name: 'by', cell: ({ requestedBy }: Change) => requestedBy ?? '' },
  { name: 'reason', cell: ({ reason }: Change) => reason ?? '' },
  { name: 'events', cell: ({ eventId }: Change) => html`<${Evidence} id=${eventId} />` },
];

/** The stretches of production side by side, and the chosen instant. */
function Band(props: { stretches: readonly Stretch[]; from: number; to: number; at: number }): View {
  const { stretches: all, from, to, at } = props;
  const share = (time: number) => `${(100 * (time - from)) / (to - from)}%`;
  const versions = [...new Set(all.map(({ version }) => version))];
  const colour = (version: string) => `band-${versions.indexOf(version) % COLOURS}`;
  const since = (stretch: Stretch) =>
    `${stretch.version} from ${instant(new Date(stretch.from).toISOString())}`;
  return html`<div class="band" role="img" aria-label=${`In production: ${all.map(since).join(', ')}`}>
    ${all.map((stretch) => {
      const place = { left: share(stretch.from), width: share(from + (stretch.to ?? to) - stretch.from) };
      return html`<span class=${colour(stretch.version)} style=${place} title=${since(stretch)}>${stretch.version}</span>`;
    })}
    <i style=${{ left: share(at) }}></i>
  </div>`;
}

/** Which version answered at an instant; without one, which one does now. */
function Answered({ model, stretch, at }: { model: string; stretch?: Stretch; at?: number }): View {
  const path = `/v1/models/${encodeURIComponent(model)}/history`;
  const asked = { at: at && new Date(at).toISOString(), chain: 'false' };
  const then = useApi<Then>(stretch && pathOf(path, asked as Record<string, string>));
  if (!stretch) return html`<p class="big" role="status">no version answered</p>`;
  return html`<${Loaded} of=${then}>
    ${({ production }: Then) =>
      production &&
      html`<div class="card">
        <p class="big" role="status">${production.version}</p>
        <p>in production since ${instant(production.instant)}, decided by ${production.requestedBy}: ${production.reason}</p>
        <p>trained by <${Link} to=${urlOf(`/runs/${encodeURIComponent(production.runId)}`)}>${production.runId}<//> on
          ${' '}<${Link} to=${urlOf(`/data/${encodeURIComponent(production.datasetId)}`)}>${production.datasetId}<//></p>
        <h2>What led to it</h2>
        <${Chain} decision=${production.eventId} />
      </div>`}
  <//>`;
}

/** The events that led to a decision; it stays while another instant has the same one. */
function Chain({ decision }: { decision: string }): View {
  const found = useApi<{ event: Caused; causes: readonly Caused[] }>(
    `/v1/events/${encodeURIComponent(decision)}`,
  );
  return html`<${Loaded} of=${found}>
    ${({ event, causes }: { event: Caused; causes: readonly Caused[] }) =>
      html`<ol class="chain">${[...causes, event].map(
        (each) =>
          html`<li><${Evidence} id=${each.id} text=${each.type} /> <span class="quiet">${each.subject}, ${instant(each.instant)}</span></li>`,
      )}</ol>`}
  <//>`;
}
