import { useState } from 'preact/hooks';
import { ApiError, send } from './api.ts';
import { html, type View } from './html.ts';

/** A button that saves the answer of a route, or a text that is at hand, as a file. The route gets the token too. */
export function Save(props: {
  name: string;
  fileName: string;
  /** of the API; without it, the text */
  path?: string;
  text?: () => string;
}): View {
  const { name, fileName, path, text } = props;
  const [problem, setProblem] = useState('');
  const save = async () => {
    try {
      const response = path === undefined ? new Response(text?.()) : await send(path);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = fileName;
      link.click();
      URL.revokeObjectURL(link.href);
      setProblem('');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    }
  };
  return html`<button type="button" class="save" aria-label=${`Save ${fileName}`} onClick=${save}>${name}</button>
    ${problem && html`<span class="bad" role="alert">${problem}</span>`}`;
}

/** Rows as CSV (RFC 4180). */
export const csvOf = (rows: readonly (readonly (string | number | null | undefined)[])[]): string =>
  rows.map((row) => `${row.map(cellOf).join(',')}\n`).join('');

function cellOf(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
