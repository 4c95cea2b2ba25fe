import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { CausalGraph } from '../ui/causal-graph.ts';
import { instant } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { useLive } from '../ui/live.ts';
import type { PageProps } from '../ui/page.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, Link, urlOf } from '../ui/router.ts';

const PAGE_SIZE = '100';

interface Summary {
  id: string;
  type: string;
  stream: string;
  subject: string;
  source: string;
  time: string;
  instant?: string;
}
interface EventItem extends Summary {
  topic: string;
  partition: number;
  offset: number;
  sequence: number;
  correlationId: string;
  causationId: string | null;
  data: unknown;
}
interface Kind {
  type: string;
  stream: string;
  events: number;
}

const COLUMNS = [
  { name: 'time (UTC)', cell: ({ time }: Summary) => instant(time) },
  { name: 'type', cell: ({ id, type }: Summary) => html`<${Evidence} id=${id} text=${type} />` },
  {
    name: 'subject',
    cell: ({ subject }: Summary) => html`<${Link} to=${urlOf('/events', { subject })}>${subject}<//>`,
  },
  { name: 'stream', cell: ({ stream }: Summary) => stream },
  { name: 'by', cell: ({ source }: Summary) => source },
];

const FIELDS = {
  name: 'fields',
  cell: ({ data }: EventItem) =>
    html`<pre class="fields" tabindex="0">${JSON.stringify(data, null, 1)}</pre>`,
};

export function EventsView({ rest, parameters }: PageProps): View {
  if (rest) return html`<${EventView} id=${rest} />`;
  const names = [
    'stream',
    'type',
    'subject',
    'source',
    'correlationId',
    'causationId',
    'from',
    'to',
    'cursor',
    'fields',
    'oldest',
  ] as const;
  const filter = Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? undefined]));
  const isLive = parameters.has('live');
  const { fields, oldest, ...asked } = filter;
  const looks = { newest: isOldestFirst(filter) ? undefined : 'true', data: fields ? undefined : 'false' };
  const json = pathOf('/v1/events', { ...asked, ...looks, limit: PAGE_SIZE });
  return html`<${Sheet} title="Events" json=${isLive ? undefined : json}>
    <${Filters} filter=${filter} isLive=${isLive} />
    ${isLive ? html`<${Tail} stream=${filter.stream} type=${filter.type} />` : html`<${List} json=${json} filter=${filter} />`}
  <//>`;
}

type Filter = Readonly<Record<string, string | undefined>>;

function Filters({ filter, isLive }: { filter: Filter; isLive: boolean }): View {
  const kinds = useApi<ApiPage<Kind>>('/v1/events/types');
  const known = kinds.data?.items ?? [];
  const streams = [...new Set(known.map(({ stream }) => stream))];
  const types = known.filter(({ stream }) => !filter.stream || stream === filter.stream);
  const live = isLive ? '1' : undefined;
  const set = (name: string) => (event: Event) => {
    const own = {
      ...filter,
      cursor: undefined,
      live,
      [name]: (event.target as HTMLInputElement).value.trim(),
    };
    go(urlOf('/events', own));
  };
  return html`<p class="filters">
    <label for="stream">Stream </label><select id="stream" onChange=${set('stream')}>
      <option value="">all</option>
      ${streams.map((stream) => html`<option value=${stream} selected=${stream === filter.stream}>${stream}</option>`)}
    </select>
    <label for="type">Type </label><select id="type" onChange=${set('type')}>
      <option value="">all</option>
      ${types.map(({ type, events }) => html`<option value=${type} selected=${type === filter.type}>${type} (${events.toLocaleString('en')})</option>`)}
    </select>
    ${
      !isLive &&
      html`<label for="subject">Subject </label><input id="subject" type="search" value=${filter.subject ?? ''} onChange=${set('subject')} />
      <label for="source">By </label><input id="source" type="search" size="10" value=${filter.source ?? ''} onChange=${set('source')} />
      <label for="correlation">Correlation </label><input id="correlation" type="search" value=${filter.correlationId ?? ''} onChange=${set('correlationId')} />
      <label for="cause">Cause </label><input id="cause" type="search" value=${filter.causationId ?? ''} onChange=${set('causationId')} />
      <label for="since">From </label><input id="since" type="search" size="11" placeholder="2026-03-01" value=${filter.from ?? ''} onChange=${set('from')} />
      <label for="until">to </label><input id="until" type="search" size="11" placeholder="2026-04-01" value=${filter.to ?? ''} onChange=${set('to')} />
      <label><input type="checkbox" checked=${filter.fields !== undefined} onChange=${() => go(urlOf('/events', { ...filter, fields: filter.fields ? undefined : '1' }))} /> with their fields</label>
      ${!isOneStory(filter) && html`<label><input type="checkbox" checked=${filter.oldest !== undefined} onChange=${() => go(urlOf('/events', { ...filter, cursor: undefined, oldest: filter.oldest ? undefined : '1' }))} /> oldest first</label>`}`
    }
    <${Link} to=${urlOf('/events', { stream: filter.stream, type: filter.type, live: isLive ? undefined : '1' })}>${isLive ? 'the log so far' : 'live'}<//>
  </p>`;
}

function List({ json, filter }: { json: string; filter: Filter }): View {
  const events = useApi<ApiPage<EventItem>>(json);
  const { oldest, fields, ...narrowed } = filter;
  const isFiltered = Object.values(narrowed).some(Boolean);
  return html`<${Loaded} of=${events}>
    ${({ items, next }: ApiPage<EventItem>) => html`<div>
      ${isOneStory(filter) && items.length > 1 && html`<${CausalGraph} title="What led to what, along time, of these events" events=${items} />`}
      <${Table} caption=${`Events, ${isOldestFirst(filter) ? 'oldest' : 'newest'} first`} rows=${items} columns=${filter.fields ? [...COLUMNS, FIELDS] : COLUMNS}
        empty=${isFiltered ? html`No event is like that. <${Link} to=${urlOf('/events')}>All events<//>` : html`The log is empty: <code>npx epochlog lifecycle</code> fills it, or <code>npx epochlog init FILE</code> begins with yours.`} />
      <p>${filter.cursor && html`<${Link} to=${urlOf('/events', { ...filter, cursor: undefined })}>${isOldestFirst(filter) ? 'oldest' : 'newest'}<//> `}
        ${next && html`<${Link} to=${urlOf('/events', { ...filter, cursor: next })}>${isOldestFirst(filter) ? 'newer' : 'older'}<//>`}</p>
    </div>`}
  <//>`;
}

/** What led to what is read from its beginning; what the log has is read from its end. */
const isOldestFirst = (filter: Filter): boolean => Boolean(filter.oldest) || isOneStory(filter);

/** Events of one request or one aggregate lead to each other; others are only beside each other. */
const isOneStory = ({ correlationId, causationId, subject }: Filter): boolean =>
  Boolean(correlationId || causationId || subject);

function Tail({ stream, type }: { stream?: string; type?: string }): View {
  const { events, state } = useLive({ ...(stream && { stream }), ...(type && { type }) }, true);
  return html`<div>
    <p role="status"><${Badge} kind=${state === 'live' ? 'good' : 'warn'} text=${state} /></p>
    <${Table} caption="Events from now on, newest first" rows=${events} columns=${COLUMNS}
      empty=${html`None since this page was opened. <code>npx epochlog predict</code> makes one.`} />
  </div>`;
}

/** One event: what led to it, what it says, what it led to. */
function EventView({ id }: { id: string }): View {
  const json = `/v1/events/${encodeURIComponent(id)}`;
  const found = useApi<{ event: EventItem; causes: readonly Summary[]; effects: readonly Summary[] }>(json);
  return html`<${Sheet} title="Event" json=${json}>
    <${Loaded} of=${found}>
      ${({
        event,
        causes,
        effects,
      }: {
        event: EventItem;
        causes: readonly Summary[];
        effects: readonly Summary[];
      }) => html`<div>
        <${Causes} event=${event} causes=${causes} effects=${effects} />
        <h2>${event.type}</h2>
        <p>of ${event.subject}, by ${event.source}, written ${instant(event.time)} UTC, at ${event.topic}/${event.partition}@${event.offset};
          ${' '}<${Link} to=${urlOf('/events', { correlationId: event.correlationId })}>all of the same request<//>,
          ${' '}<${Link} to=${urlOf('/events', { subject: event.subject })}>all of ${event.subject}<//></p>
        <dl class="headers"><dt>id</dt><dd>${event.id}</dd><dt>sequence</dt><dd>${event.sequence}</dd>
          <dt>correlation</dt><dd>${event.correlationId}</dd><dt>cause</dt><dd>${event.causationId ?? '–'}</dd></dl>
        <pre tabindex="0">${JSON.stringify(event.data, null, 2)}</pre>
      </div>`}
    <//>
  <//>`;
}

/** Each cause is of the next; the effects are those that it led to directly. */
function Causes(props: { event: EventItem; causes: readonly Summary[]; effects: readonly Summary[] }): View {
  const { event, causes, effects } = props;
  const node = (of: Summary) => html`<li><${Evidence} id=${of.id} text=${of.type} />${' '}
    <span class="quiet">${of.subject}, by ${of.source}, ${instant(of.time)}</span></li>`;
  const all = [...causes, event, ...effects.map((effect) => ({ ...effect, causationId: event.id }))];
  return html`<nav class="causes" aria-label="Causes and effects">
    ${all.length > 1 && html`<${CausalGraph} title="Its causes and effects, along time" events=${all} here=${event.id} />`}
    <h2>What led to it</h2>
    ${causes.length === 0 ? html`<p class="quiet">nothing: it began something</p>` : html`<ol class="chain">${causes.map(node)}</ol>`}
    <p class="chain-here">${event.type}</p>
    <h2>What it led to</h2>
    ${effects.length === 0 ? html`<p class="quiet">nothing</p>` : html`<ul class="chain effects">${effects.map(node)}</ul>`}
  </nav>`;
}
