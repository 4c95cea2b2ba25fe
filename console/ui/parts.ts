import type { ComponentChildren } from 'preact';
import { type Answer, needsToken } from './api.ts';
import { html, type View } from './html.ts';
import { Link, urlOf } from './router.ts';

/** A page: its heading, where its numbers come from, and its content. */
export function Sheet(props: { title: string; json?: string; children?: ComponentChildren }): View {
  const { title, json, children } = props;
  return html`<main id="main" tabindex="-1">
    <header class="sheet-head">
      <h1>${title}</h1>
      ${json && html`<a href=${json} class="quiet">the same as JSON</a>`}
    </header>
    ${children}
  </main>`;
}

/** What was answered, or why there is nothing to show yet. */
export function Loaded<T>(props: { of: Answer<T>; children: (data: T) => ComponentChildren }): View {
  const { data, error } = props.of;
  if (error && needsToken(error)) return null; // the frame asks for it
  return html`<div>
    ${error && html`<p class="problem" role="alert">${error.message}${data === undefined ? '' : '; what is shown is older'}</p>`}
    ${data === undefined && !error && html`<p class="empty" role="status">Loading …</p>`}
    ${data !== undefined && props.children(data)}
  </div>`;
}

export interface Column<T> {
  name: ComponentChildren;
  /** numbers are aligned at the right */
  isNumber?: boolean;
  cell(row: T): ComponentChildren;
}

/** A table that scrolls by itself where the window is narrow. */
export function Table<T>(props: {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  empty: ComponentChildren;
}): View {
  const { caption, columns, rows, empty } = props;
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const side = ({ isNumber, name }: Column<T>) =>
    isNumber ? 'number' : typeof name === 'string' && name.endsWith('(UTC)') ? 'when' : undefined;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table>
      <caption>${caption}</caption>
      <thead>
        <tr>${columns.map((column) => html`<th scope="col" class=${side(column)}>${column.name}</th>`)}</tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>${columns.map((column) => html`<td class=${side(column)}>${column.cell(row)}</td>`)}</tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A state in one word, coloured; the word says it too. */
export const Badge = ({ kind, text }: { kind: 'good' | 'bad' | 'warn' | 'plain'; text: string }): View =>
  html`<span class=${`badge ${kind}`}>${text}</span>`;

/** The events behind a number. */
export const Evidence = ({ id, text = 'why' }: { id: string; text?: string }): View =>
  html`<${Link} to=${urlOf(`/events/${id}`)}>${text}<//>`;
