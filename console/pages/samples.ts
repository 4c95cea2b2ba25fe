import { useEffect, useState } from 'preact/hooks';
import { ApiError, pathOf, send } from '../ui/api.ts';
import { instant } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Table } from '../ui/parts.ts';
import { go, Link, urlOf } from '../ui/router.ts';

const PAGE = 25;
const SPLITS = ['train', 'validation', 'test'];
/** shown of a text */
const MAX_TEXT = 200;

interface Sample {
  id: string;
  time: string | null;
  target: unknown;
  instance: Readonly<Record<string, unknown>>;
}

/** What a dataset holds, page by page, narrowed by a text. */
export function Samples({ id, parameters }: { id: string; parameters: URLSearchParams }): View {
  const split = parameters.get('split') ?? 'train';
  const text = parameters.get('text') ?? undefined;
  const offset = Math.max(0, Math.floor(Number(parameters.get('offset') ?? 0)) || 0);
  const path = pathOf(`/v1/datasets/${encodeURIComponent(id)}/samples`, {
    ...{ split, text, offset: String(offset), limit: String(PAGE + 1) },
  });
  const { items, problem } = useLines<Sample>(path);
  const page = (change: Readonly<Record<string, string | undefined>>) =>
    urlOf(`/data/${encodeURIComponent(id)}`, {
      split,
      text,
      with: parameters.get('with') ?? undefined,
      ...change,
    });
  const show = (change: Readonly<Record<string, string>>) => go(page(change));
  return html`<section>
    <h2>Samples</h2>
    <p class="filters"><label for="split">Split </label>
      <select id="split" onChange=${(event: Event) => show({ split: (event.target as HTMLSelectElement).value })}>
        ${SPLITS.map((each) => html`<option value=${each} selected=${each === split}>${each}</option>`)}
      </select>
      <label for="text">Text </label><input id="text" type="search" value=${text ?? ''}
        onChange=${(event: Event) => show({ text: (event.target as HTMLInputElement).value.trim() })} /></p>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${!items && !problem && html`<p class="empty" role="status">Loading …</p>`}
    ${
      items &&
      html`<${Table} caption=${`${split} split${text ? `, those with “${text}”` : ''}, from ${offset + 1}`} rows=${items.slice(0, PAGE)} empty="No sample is like that."
        columns=${[
          { name: 'sample', cell: (sample: Sample) => sample.id },
          { name: 'time', cell: ({ time }: Sample) => html`<span class="when">${instant(time)}</span>` },
          { name: 'target', cell: ({ target }: Sample) => String(target) },
          { name: 'what it is', cell: ({ instance }: Sample) => toldOf(instance) },
        ]} />`
    }
    <p>${offset > 0 && html`<${Link} to=${page({ offset: String(Math.max(0, offset - PAGE)) })}>before<//> `}
      ${items && items.length > PAGE && html`<${Link} to=${page({ offset: String(offset + PAGE) })}>next<//>`}</p>
  </section>`;
}

function toldOf(instance: Sample['instance']): string {
  const told = Object.entries(instance)
    .filter(([, value]) => value !== null && value !== '')
    .map(([, value]) => String(value))
    .join(' · ');
  return told.length > MAX_TEXT ? `${told.slice(0, MAX_TEXT)}…` : told;
}

/** The lines of JSON of a route. */
function useLines<T>(path: string): { items?: readonly T[]; problem?: string } {
  const [found, setFound] = useState<{ of: string; items?: readonly T[]; problem?: string }>({ of: '' });
  useEffect(() => {
    const stop = new AbortController();
    send(path, stop.signal)
      .then((response) => response.text())
      .then(
        (text) =>
          setFound({
            of: path,
            items: text
              .split('\n')
              .filter(Boolean)
              .map((line) => JSON.parse(line) as T),
          }),
        (error: unknown) => {
          if (error instanceof ApiError) setFound({ of: path, problem: error.message });
        },
      );
    return () => stop.abort();
  }, [path]);
  return found.of === path ? found : {};
}
