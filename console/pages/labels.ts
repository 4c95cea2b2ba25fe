import { useState } from 'preact/hooks';
import { ApiError, type Page as ApiPage, ask, pathOf, post, useApi } from '../ui/api.ts';
import { instant, number, percent } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import type { PageProps } from '../ui/page.ts';
import { Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, urlOf } from '../ui/router.ts';

const REFRESH_MS = 10_000;
const NEXT_MS = 2_000;
/** records: so the next one is there at once */
const AT_HAND = '10';
/** of an answer to a request, in seconds */
const WAIT = 30;
/** more classes are written, not clicked */
const MAX_BUTTONS = 30;

interface Item {
  recordId: string;
  fields: Readonly<Record<string, unknown>>;
  labels: number;
  suggested: string | null;
  confidence: number | null;
  uncertainty: number | null;
}
interface Next {
  annotator: string;
  classes: readonly string[];
  queueId: string | null;
  items: readonly Item[];
}
interface Change {
  recordId: string;
  change: string;
  target: string | null;
  previous: string | null;
  requestedBy: string;
  explanation: string;
  changedAt: string;
  eventId: string;
}
interface Agreement {
  method: string;
  annotators: number;
  pair: readonly string[];
  samples: number;
  agreement: number;
  kappa: number | null;
}

/** What a person is to label next, what was labelled, and how far people agree. */
export function LabelsView({ parameters }: PageProps): View {
  const tasks =
    useApi<ApiPage<{ task: string }>>('/v1/tasks?limit=1000').data?.items.map(({ task }) => task) ?? [];
  const models = useApi<ApiPage<{ task: string }>>('/v1/models?limit=1');
  const task = parameters.get('task') ?? models.data?.items[0]?.task ?? (models.data && tasks[0]);
  const by = parameters.get('by') ?? undefined;
  const show = (change: Readonly<Record<string, string>>) => go(urlOf('/labels', { task, by, ...change }));
  return html`<${Sheet} title="Labels" json=${task && pathOf('/v1/labels', { task })}>
    <p class="filters">
      <label for="task">Task </label><select id="task" onChange=${(event: Event) => show({ task: (event.target as HTMLSelectElement).value })}>
        ${tasks.map((each) => html`<option value=${each} selected=${each === task}>${each}</option>`)}
      </select>
      <label for="by">Your name </label><input id="by" value=${by ?? ''} maxlength="200"
        onChange=${(event: Event) => show({ by: (event.target as HTMLInputElement).value.trim() })} />
    </p>
    ${task && html`<${Queue} key=${`${task} ${by}`} task=${task} by=${by} /><${Agreements} task=${task} /><${Given} task=${task} />`}
  <//>`;
}

/** One record after the other. A label goes into the log, and the next record comes. */
function Queue({ task, by }: { task: string; by: string | undefined }): View {
  const [told, setTold] = useState<{ text: string; isProblem: boolean }>();
  const [isSending, setSending] = useState(false);
  const next = useApi<Next>(pathOf('/v1/labels/next', { task, annotator: by, limit: AT_HAND }), NEXT_MS);
  /** the projections may not have them yet */
  const [given, setGiven] = useState<ReadonlySet<string>>(new Set());
  const give = async (item: Item, label: string | number, annotator: string, explanation: string) => {
    setSending(true);
    const body = {
      ...{ task, recordId: item.recordId, label, explanation },
      ...{ expectedLabels: item.labels, requestedBy: by ?? annotator },
    };
    const outcome = await labelled(body);
    setTold(outcome);
    setSending(false);
    if (outcome.isProblem) return;
    setGiven(new Set([...given, item.recordId]));
  };
  return html`<section>
    <h2>Next</h2>
    <p role="status">${told && html`<span class=${told.isProblem ? 'bad' : 'good'}>${told.text}</span>`}</p>
    <${Loaded} of=${next}>
      ${({ items, classes, annotator }: Next) => {
        const item = items.find(({ recordId }) => !given.has(recordId));
        return item
          ? html`<${Labelled} key=${item.recordId} item=${item} classes=${classes} isSending=${isSending}
              onGive=${(label: string | number, why: string) => give(item, label, annotator, why)} />`
          : html`<p class="empty">Nothing waits for a label${by ? ` of ${by}` : ''}. Records without a target wait here:
              <code>npx epochlog collect FILE --task ${task}</code> brings some.</p>`;
      }}
    <//>
  </section>`;
}

async function labelled(body: object): Promise<{ text: string; isProblem: boolean }> {
  try {
    const { follow } = await post<{ follow: string }>('/v1/labels', body);
    const { state, reason } = await ask<{ state: string; reason: string | null }>(`${follow}?wait=${WAIT}`);
    return { text: [state, reason].filter(Boolean).join(': '), isProblem: state !== 'done' };
  } catch (error) {
    if (error instanceof ApiError) return { text: error.message, isProblem: true };
    throw error;
  }
}

function Labelled(props: {
  item: Item;
  classes: readonly string[];
  isSending: boolean;
  onGive: (label: string | number, explanation: string) => void;
}): View {
  const { item, classes, isSending, onGive } = props;
  const [why, setWhy] = useState('');
  const isNumber = classes.length === 0;
  const write = (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('label')).trim();
    onGive(isNumber ? Number(text) : text, why);
  };
  return html`<section class="card" aria-label=${item.recordId}>
    <h3>${item.recordId} <span class="quiet">${item.labels} labels so far${item.suggested !== null && `; a model would say ${item.suggested} (${percent(item.confidence)})`}</span></h3>
    <dl>${Object.entries(item.fields).map(([name, value]) => html`<dt>${name}</dt><dd>${String(value ?? '–')}</dd>`)}</dl>
    <p><label for="why">Why (may be empty) </label><input id="why" maxlength="1000" value=${why} onInput=${(event: InputEvent) => setWhy((event.target as HTMLInputElement).value)} /></p>
    ${
      isNumber || classes.length > MAX_BUTTONS
        ? html`<form class="filters" onSubmit=${write}><label for="label">Label </label>
            <input id="label" name="label" required list="classes" type=${isNumber ? 'number' : 'text'} step="any" />
            <datalist id="classes">${classes.map((name) => html`<option value=${name} />`)}</datalist>
            <button type="submit" disabled=${isSending}>Give it</button></form>`
        : html`<p class="filters" role="group" aria-label="Labels">${classes.map(
            (name) =>
              html`<button type="button" disabled=${isSending} onClick=${() => onGive(name, why)}>${name}</button>`,
          )}</p>`
    }
  </section>`;
}

function Agreements({ task }: { task: string }): View {
  const path = pathOf('/v1/labels/agreement', { task });
  const found = useApi<{ items: readonly Agreement[] }>(path, REFRESH_MS);
  return html`<${Loaded} of=${found}>
    ${({
      items,
    }: {
      items: readonly Agreement[];
    }) => html`<${Table} caption="How far people agree" rows=${items} empty="No sample was labelled by two people yet."
      columns=${[
        { name: 'who', cell: ({ pair }: Agreement) => (pair.length > 0 ? pair.join(', ') : 'all') },
        { name: 'samples', isNumber: true, cell: ({ samples }: Agreement) => number(samples) },
        { name: 'agree', isNumber: true, cell: ({ agreement }: Agreement) => percent(agreement) },
        { name: 'kappa', isNumber: true, cell: ({ kappa }: Agreement) => number(kappa, 3) },
        { name: 'method', cell: ({ method }: Agreement) => method },
      ]} />`}
  <//>`;
}

function Given({ task }: { task: string }): View {
  const found = useApi<ApiPage<Change>>(pathOf('/v1/labels', { task, limit: '50' }), REFRESH_MS);
  return html`<${Loaded} of=${found}>
    ${({
      items,
    }: ApiPage<Change>) => html`<${Table} caption="Labels and corrections, newest first" rows=${items} empty="None yet."
      columns=${[
        { name: 'time (UTC)', cell: ({ changedAt }: Change) => instant(changedAt) },
        { name: 'record', cell: ({ recordId }: Change) => recordId },
        { name: 'change', cell: ({ change }: Change) => change },
        {
          name: 'label',
          cell: ({ target, previous }: Change) => (previous ? `${previous} → ${target}` : target),
        },
        { name: 'by', cell: ({ requestedBy }: Change) => requestedBy },
        { name: 'why', cell: ({ explanation }: Change) => explanation },
        { name: 'events', cell: ({ eventId }: Change) => html`<${Evidence} id=${eventId} />` },
      ]} />`}
  <//>`;
}
