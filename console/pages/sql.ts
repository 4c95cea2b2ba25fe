import { useState } from 'preact/hooks';
import { ApiError, type Page as ApiPage, post, useApi } from '../ui/api.ts';
import { number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Loaded, Table } from '../ui/parts.ts';

/** shown of an answer; the API gives all */
const MAX_ROWS = 500;
const FIRST_SQL = 'SELECT type, count() AS events FROM events GROUP BY type ORDER BY events DESC LIMIT 20';

type Row = Readonly<Record<string, unknown>>;
type Answer = { rows: readonly Row[] } | { problem: string } | 'asking' | undefined;

/** Questions to the tables, and what there is to ask. */
export function Sql(): View {
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
    <p class="quiet">Read-only, with limits.</p>
    <${Tables} onChoose=${(table: string) => setSql(`SELECT * FROM ${table} LIMIT 20`)} />
    <form onSubmit=${run}>
      <label for="sql">Question</label>
      <textarea id="sql" rows="4" spellcheck="false" value=${sql} onInput=${(event: InputEvent) => setSql((event.target as HTMLTextAreaElement).value)}></textarea>
      <button type="submit" disabled=${answer === 'asking'}>Ask</button>
    </form>
    <div role="status">${answer === 'asking' ? 'asked …' : typeof answer === 'object' && html`<${Answered} of=${answer} />`}</div>
  </section>`;
}

interface Described {
  table: string;
  kind: string;
  meaning: string;
  columns: readonly { name: string; type: string | null; meaning: string }[];
}

/** The tables with what each column means, read when they are opened. */
function Tables({ onChoose }: { onChoose: (table: string) => void }): View {
  const [isOpen, setOpen] = useState(false);
  const [part, setPart] = useState('');
  const tables = useApi<ApiPage<Described>>(isOpen ? '/v1/tables?limit=1000' : undefined);
  const open = (event: Event) => setOpen((event.target as HTMLDetailsElement).open);
  return html`<details onToggle=${open}><summary>Tables</summary>
    ${
      isOpen &&
      html`<${Loaded} of=${tables}>
      ${({ items }: ApiPage<Described>) => {
        const found = items.filter((item) => isAbout(item, part));
        return html`<div>
          <p class="filters"><label for="part">Find a table or a column </label>
            <input id="part" type="search" value=${part} onInput=${(event: InputEvent) => setPart((event.target as HTMLInputElement).value)} /></p>
          <${Table} caption=${`Tables and views: ${found.length} of ${items.length}`} rows=${found} empty="None has such a name or column." columns=${[
            {
              name: 'table',
              cell: ({ table }: Described) =>
                html`<button type="button" onClick=${() => onChoose(table)}>${table}</button>`,
            },
            { name: 'what it holds', cell: ({ kind, meaning }: Described) => `${meaning} (${kind})` },
            {
              name: 'columns',
              cell: (of: Described) => html`<${Columns} key=${of.table} of=${of} part=${part} />`,
            },
          ]} /></div>`;
      }}
    <//>`
    }
  </details>`;
}

/** Of one table; those that were looked for are open. */
function Columns({ of: { table, columns }, part }: { of: Described; part: string }): View {
  const wanted = part === '' ? [] : columns.filter((column) => has(Object.values(column), part));
  const shown = wanted.length > 0 ? wanted : columns;
  return html`<details open=${wanted.length > 0}><summary>${shown.length === columns.length ? '' : `${shown.length} of `}${columns.length} columns<span class="away"> of ${table}</span></summary>
    <dl class="headers">${shown.map(
      ({ name, type, meaning }) =>
        html`<dt>${name}</dt><dd>${meaning}${type && html` <span class="quiet">${type}</span>`}</dd>`,
    )}</dl></details>`;
}

const has = (texts: readonly (string | null)[], part: string): boolean =>
  texts.some((text) => text?.toLowerCase().includes(part.toLowerCase()));

const isAbout = ({ table, meaning, columns }: Described, part: string): boolean =>
  has([table, meaning], part) || columns.some((column) => has(Object.values(column), part));

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
