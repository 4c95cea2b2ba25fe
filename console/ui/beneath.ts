import type { ComponentChildren } from 'preact';
import { pathOf, useApi } from './api.ts';
import { instant, number } from './format.ts';
import { html, type View } from './html.ts';
import { Evidence, Loaded, Table } from './parts.ts';

interface Item {
  kind: 'predictions' | 'drift' | 'alert';
  first: string;
  last: string;
  value: number;
  label: string;
  isBad: boolean;
  eventId: string;
}

const ROWS = [
  ['predictions', 'Predictions'],
  ['drift', 'Drift'],
  ['alert', 'Alerts'],
] as const;

/**
 * What happened between two instants, on the same scale as what stands above: predictions, drift, alerts. What it encloses
 * comes before those that are nearest.
 */
export function Beneath(props: {
  model: string;
  from: number;
  to: number;
  at: number;
  children?: ComponentChildren;
}): View {
  const { model, from, to, at } = props;
  const iso = (time: number) => new Date(time).toISOString();
  const path = pathOf(`/v1/models/${encodeURIComponent(model)}/timeline`, { from: iso(from), to: iso(to) });
  const found = useApi<{ items: readonly Item[] }>(path);
  const items = found.data?.items ?? [];
  return html`<div class="beneath">
    ${found.error && html`<${Loaded} of=${found} />`}
    ${ROWS.map(([kind, title]) => {
      const own = items.filter((item) => item.kind === kind);
      return html`<${Row} key=${kind} title=${title} items=${own} from=${from} to=${to} at=${at} />`;
    })}
    ${props.children}
    <${Near} items=${items.filter(({ eventId }) => eventId !== '')} at=${at} />
  </div>`;
}

function Row(props: { title: string; items: readonly Item[]; from: number; to: number; at: number }): View {
  const { title, items, from, to, at } = props;
  const most = items.reduce((highest, { value }) => Math.max(highest, value), 0);
  const share = (time: number) => `${Math.min(100, Math.max(0, (100 * (time - from)) / (to - from)))}%`;
  const width = ({ first, last }: Item) => `${(100 * (Date.parse(last) - Date.parse(first))) / (to - from)}%`;
  return html`<div class="strip" role="img" aria-label=${`${title}: ${told(items)}`}>
    <b>${title}</b>
    ${items.map((item) => {
      const height = item.kind === 'predictions' ? `${(100 * item.value) / (most || 1)}%` : '100%';
      const place = { left: share(Date.parse(item.first)), width: width(item), height };
      return html`<span class=${item.isBad ? 'strip-bad' : 'strip-good'} style=${place} title=${toldOf(item)}></span>`;
    })}
    <i style=${{ left: share(at) }}></i>
  </div>`;
}

const toldOf = ({ kind, first, last, value, label }: Item): string =>
  kind === 'predictions'
    ? `${number(value)} predictions, ${instant(first)} to ${instant(last)}`
    : kind === 'drift'
      ? `PSI ${number(value, 2)} of ${label}, ${instant(first)} to ${instant(last)}`
      : `${instant(first)}: ${label}`;

function told(items: readonly Item[]): string {
  if (items.length === 0) return 'none in this time';
  if (items[0]!.kind === 'predictions')
    return `${number(items.reduce((sum, { value }) => sum + value, 0))} in all`;
  return `${items.filter(({ isBad }) => isBad).length} of ${items.length} above their bounds`;
}

const NEAR = 6;

/** The measurements and alerts nearest to an instant, with their events. */
function Near({ items, at }: { items: readonly Item[]; at: number }): View {
  const away = ({ first }: Item) => Math.abs(Date.parse(first) - at);
  const near = items
    .toSorted((a, b) => away(a) - away(b))
    .slice(0, NEAR)
    .toSorted((a, b) => Date.parse(a.first) - Date.parse(b.first));
  if (near.length === 0) return null;
  return html`<${Table} caption="Drift and alerts near this instant" rows=${near} empty="" columns=${[
    { name: 'from (UTC)', cell: ({ first }: Item) => instant(first) },
    { name: 'what', cell: (item: Item) => toldOf(item) },
    { name: 'events', cell: ({ eventId }: Item) => html`<${Evidence} id=${eventId} />` },
  ]} />`;
}
