import { useState } from 'preact/hooks';
import type { Page } from '../pages.ts';
import { Action } from '../ui/act.ts';
import { ApiError, type Page as ApiPage, post, useApi } from '../ui/api.ts';
import { instant, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Loaded, Sheet, Table } from '../ui/parts.ts';

const REFRESH_MS = 5_000;
/** shown of an answer; the API gives all */
const MAX_ROWS = 500;
const FIRST_SQL = 'SELECT type, count() AS events FROM events GROUP BY type ORDER BY events DESC LIMIT 20';

interface DeadLetter {
  id: string;
  state: string;
  time: string;
  service: string;
  code: string;
  message: string;
  type: string;
  subject: string;
}
type Row = Readonly<Record<string, unknown>>;

/** What could not be processed, and questions to the tables. */
function OperationsView(): View {
  return html`<${Sheet} title="Operations" json="/v1/dead-letters">
    <${DeadLetters} />
    <${Schedules} />
    <${Notifications} />
    <${Sql} />
  <//>`;
}

function DeadLetters(): View {
  const letters = useApi<ApiPage<DeadLetter>>('/v1/dead-letters?limit=100', REFRESH_MS);
  const path = ({ id }: DeadLetter) => `/v1/dead-letters/${id.split('/').map(encodeURIComponent).join('/')}`;
  return html`<section>
    <h2>Dead letters</h2>
    <${Loaded} of=${letters}>
      ${({
        items,
      }: ApiPage<DeadLetter>) => html`<${Table} caption="Events that a service could not process, open ones"
        rows=${items} empty="None: every event was processed." columns=${[
          {
            name: 'dead letter',
            cell: (letter: DeadLetter) => html`<a href=${path(letter)}>${letter.id}</a>`,
          },
          { name: 'time (UTC)', cell: ({ time }: DeadLetter) => instant(time) },
          { name: 'service', cell: ({ service }: DeadLetter) => service },
          { name: 'event', cell: ({ type, subject }: DeadLetter) => `${type} of ${subject}` },
          { name: 'error', cell: ({ code, message }: DeadLetter) => `${code}: ${message}` },
          {
            name: 'again',
            cell: (letter: DeadLetter) =>
              html`<${Action} name="Redrive" path=${`${path(letter)}/redrive`} body=${{}}>The service processes it again.<//>`,
          },
          {
            name: 'never',
            cell: (letter: DeadLetter) =>
              html`<${Action} name="Discard" path=${`${path(letter)}/discard`} body=${{}}>It is never processed. It stays in the log.<//>`,
          },
        ]} />`}
    <//>
  </section>`;
}

interface Schedule {
  schedule: string;
  active: boolean;
  cron: string;
  timeZone: string;
  action: string;
  model: string | null;
  task: string | null;
  reason: string;
  nextDueAt: string | null;
}

/** What is asked for by the clock. */
function Schedules(): View {
  const schedules = useApi<ApiPage<Schedule>>('/v1/schedules?limit=200', REFRESH_MS);
  return html`<section>
    <h2>Schedules</h2>
    <${Loaded} of=${schedules}>
      ${({
        items,
      }: ApiPage<Schedule>) => html`<${Table} caption="What is asked for by the clock, by name" rows=${items}
        empty=${html`None: <code>npx epochlog schedule add NAME --cron '0 6 * * 1' …</code> adds one.`} columns=${[
          { name: 'schedule', cell: ({ schedule }: Schedule) => schedule },
          {
            name: 'asks for',
            cell: ({ action, model, task }: Schedule) => `${action} ${model ?? task ?? ''}`,
          },
          { name: 'when', cell: ({ cron, timeZone }: Schedule) => `${cron} (${timeZone})` },
          {
            name: 'next (UTC)',
            cell: ({ active, nextDueAt }: Schedule) => (active ? instant(nextDueAt) : 'ended'),
          },
          { name: 'why', cell: ({ reason }: Schedule) => reason },
          {
            name: 'end',
            cell: ({ schedule, active }: Schedule) =>
              active &&
              html`<${Action} name="Remove" path=${`/v1/schedules/${encodeURIComponent(schedule)}/remove`} body=${{}}>It is not asked for any more.<//>`,
          },
        ]} />`}
    <//>
  </section>`;
}

interface Notification {
  notificationId: string;
  channel: string;
  title: string | null;
  status: string;
  attempts: number;
  severity: string | null;
  reason: string | null;
  plannedAt: string;
}

/** What people were told, and whether it arrived. */
function Notifications(): View {
  const told = useApi<ApiPage<Notification>>('/v1/notifications?limit=50', REFRESH_MS);
  const path = ({ notificationId }: Notification) =>
    `/v1/notifications/attempts?notificationId=${encodeURIComponent(notificationId)}`;
  return html`<section>
    <h2>Notifications</h2>
    <${Loaded} of=${told}>
      ${({ items }: ApiPage<Notification>) => html`<${Table} caption="What people were told, the newest first"
        rows=${items} empty="None: no channel is configured, or nothing has happened." columns=${[
          { name: 'time (UTC)', cell: ({ plannedAt }: Notification) => instant(plannedAt) },
          { name: 'channel', cell: ({ channel }: Notification) => channel },
          { name: 'message', cell: ({ title }: Notification) => title ?? '' },
          { name: 'severity', cell: ({ severity }: Notification) => severity ?? '' },
          { name: 'delivery', cell: ({ status }: Notification) => status },
          {
            name: 'attempts',
            cell: (one: Notification) => html`<a href=${path(one)}>${one.attempts}</a>`,
          },
          { name: 'last failure', cell: ({ reason }: Notification) => reason ?? '' },
        ]} />`}
    <//>
  </section>`;
}

type Answer = { rows: readonly Row[] } | { problem: string } | 'asking' | undefined;

function Sql(): View {
  const [sql, setSql] = useState(FIRST_SQL);
  const [answer, setAnswer] = useState<Answer>();
  const run = async (event: Event) => {
    event.preventDefault();
    setAnswer('asking');
    const asked = post<{ rows: readonly Row[] }>('/v1/sql', { sql });
    setAnswer(
      await asked.catch((error: unknown) => {
        if (error instanceof ApiError) return { problem: error.message };
        throw error;
      }),
    );
  };
  return html`<section>
    <h2>SQL</h2>
    <p class="quiet">Read-only, with limits. <code>npx epochlog sql --schema TABLE</code> says what each column means.</p>
    <${Tables} onChoose=${(table: string) => setSql(`SELECT * FROM ${table} LIMIT 20`)} />
    <form onSubmit=${run}>
      <label for="sql">Question</label>
      <textarea id="sql" rows="4" spellcheck="false" value=${sql} onInput=${(event: InputEvent) => setSql((event.target as HTMLTextAreaElement).value)}></textarea>
      <button type="submit" disabled=${answer === 'asking'}>Ask</button>
    </form>
    <div role="status">${answer === 'asking' ? 'asked …' : typeof answer === 'object' && html`<${Answered} of=${answer} />`}</div>
  </section>`;
}

const COLUMNS = `SELECT table, groupArray((name, type)) AS columns FROM system.columns
WHERE database = currentDatabase() AND table IN (
  SELECT name FROM system.tables
  WHERE database = currentDatabase() AND engine IN ('MergeTree', 'AggregatingMergeTree', 'SummingMergeTree', 'ReplicatedMergeTree', 'View')
    AND NOT startsWith(name, 'stream_') AND NOT startsWith(name, '.'))
GROUP BY table ORDER BY table`;

interface Described {
  table: string;
  columns: readonly (readonly [name: string, type: string] | { name: string; type: string })[];
}

/** The tables with their columns, read when they are opened. */
function Tables({ onChoose }: { onChoose: (table: string) => void }): View {
  const [tables, setTables] = useState<readonly Described[] | string>();
  const look = async () => {
    if (tables !== undefined) return;
    const asked = post<{ rows: readonly Described[] }>('/v1/sql', { sql: COLUMNS });
    setTables(
      await asked.then(
        ({ rows }) => rows,
        (error: Error) => error.message,
      ),
    );
  };
  const told = (column: Described['columns'][number]) =>
    'name' in column ? `${column.name} ${column.type}` : `${column[0]} ${column[1]}`;
  return html`<details onToggle=${look}><summary>Tables</summary>
    ${typeof tables === 'string' && html`<p class="problem">${tables}</p>`}
    ${
      typeof tables === 'object' &&
      html`<${Table} caption="Tables and views" rows=${tables} empty="None." columns=${[
        {
          name: 'table',
          cell: ({ table }: Described) =>
            html`<button type="button" onClick=${() => onChoose(table)}>${table}</button>`,
        },
        { name: 'columns', cell: ({ columns }: Described) => columns.map(told).join(', ') },
      ]} />`
    }
  </details>`;
}

function Answered({ of: answer }: { of: { rows: readonly Row[] } | { problem: string } }): View {
  if ('problem' in answer) return html`<p class="problem">${answer.problem}</p>`;
  const { rows } = answer;
  const names = Object.keys(rows[0] ?? {});
  const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  return html`<div>
    <${Table} caption=${`${number(rows.length)} rows${rows.length > MAX_ROWS ? `, the first ${MAX_ROWS}` : ''}`} rows=${rows.slice(0, MAX_ROWS)} empty="No row."
      columns=${names.map((name) => ({ name, isNumber: typeof rows[0]![name] === 'number', cell: (row: Row) => shown(row[name]) }))} />
  </div>`;
}

export const operations: Page = { path: '/operations', title: 'Operations', View: OperationsView };
