import { pathOf, send, useAnswer } from '../ui/api.ts';
import { instant } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Loaded, Table } from '../ui/parts.ts';
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
  const found = useAnswer(path, async (signal) => linesOf<Sample>(await send(path, signal)));
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
    <${Loaded} of=${found}>
      ${(
        items: readonly Sample[],
      ) => html`<${Table} caption=${`${split} split${text ? `, those with “${text}”` : ''}, from ${offset + 1}`} rows=${items.slice(0, PAGE)} empty="No sample is like that."
        columns=${[
          { name: 'sample', cell: (sample: Sample) => sample.id },
          { name: 'time', cell: ({ time }: Sample) => html`<span class="when">${instant(time)}</span>` },
          { name: 'target', cell: ({ target }: Sample) => String(target) },
          { name: 'what it is', cell: ({ instance }: Sample) => toldOf(instance) },
        ]} />`}
    <//>
    <p>${offset > 0 && html`<${Link} to=${page({ offset: String(Math.max(0, offset - PAGE)) })}>before<//> `}
      ${(found.data?.length ?? 0) > PAGE && html`<${Link} to=${page({ offset: String(offset + PAGE) })}>next<//>`}</p>
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
const linesOf = async <T>(response: Response): Promise<readonly T[]> =>
  (await response.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
