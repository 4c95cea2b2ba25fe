import { Action } from '../ui/act.ts';
import { type Page as ApiPage, useApi } from '../ui/api.ts';
import { instant } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Loaded, Sheet, Table } from '../ui/parts.ts';
import { Sql } from './sql.ts';

const REFRESH_MS = 5_000;

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

/** What could not be processed, and questions to the tables. */
export function OperationsView(): View {
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
