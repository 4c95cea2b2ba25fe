import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { go, urlOf } from '../ui/router.ts';
import { Samples } from './samples.ts';

type Sizes = Readonly<Record<'train' | 'validation' | 'test', number>>;
interface Dataset {
  datasetId: string;
  status: string;
  model: string | null;
  seed: number | null;
  split: string;
  contentHash: string | null;
  profile: string | null;
  reason: string | null;
  time: string;
  eventId: string;
}
interface Summary {
  count: number;
  mean: number;
  std: number;
  min: number;
  median: number;
  p95: number;
  max: number;
}
interface Profile {
  sizes: Sizes;
  classes: Readonly<Record<string, Sizes>>;
  target: Summary | null;
  text: { words: Summary; vocabulary: number } | null;
  columns: Readonly<
    Record<
      string,
      | { type: 'number'; missing: number; values: Summary | null }
      | {
          type: 'category' | 'boolean';
          missing: number;
          distinct: number;
          top: Readonly<Record<string, number>>;
        }
    >
  >;
  times: Readonly<Record<string, readonly [string, string] | null>>;
}
interface Diff {
  removed: number;
  added: number;
  same: number;
  relabelled: number;
  changed: number;
  moved: number;
  classes: Readonly<Record<string, readonly [number, number]>>;
  examples: {
    removed: readonly string[];
    added: readonly string[];
    different: readonly {
      id: string;
      target?: readonly [unknown, unknown];
      split?: readonly [string, string];
    }[];
  };
}

const SPLITS = ['train', 'validation', 'test'] as const;

/** A dataset: its profile, and what another one has that it has not. */
export function DatasetView({ id, parameters }: { id: string; parameters: URLSearchParams }): View {
  const other = parameters.get('with') ?? undefined;
  const json = `/v1/datasets/${encodeURIComponent(id)}`;
  const dataset = useApi<Dataset>(json);
  return html`<${Sheet} title=${`Dataset ${id}`} json=${json}>
    <${Loaded} of=${dataset}>
      ${(found: Dataset) => html`<div>
        <p>${found.status} ${instant(found.time)} for ${found.model}, divided ${found.split} with seed ${found.seed ?? '–'};
          ${' '}<${Evidence} id=${found.eventId} text="its event" />,
          ${' '}<a href=${`${json}/samples?split=all`} download>its samples</a></p>
        ${found.reason && html`<p class="problem">${found.reason}</p>`}
        ${found.profile && html`<${Profiled} digest=${found.profile} />`}
        ${found.status === 'sealed' && html`<${Samples} id=${id} parameters=${parameters} /><${Compared} id=${id} other=${other} />`}
      </div>`}
    <//>
  <//>`;
}

function Profiled({ digest }: { digest: string }): View {
  const profile = useApi<Profile>(`/v1/artifacts/${digest}`);
  return html`<${Loaded} of=${profile}>
    ${({ sizes, classes, target, text, columns, times }: Profile) => html`<div>
      <${Table} caption="Splits" rows=${SPLITS} empty="" columns=${[
        { name: 'split', cell: (split: keyof Sizes) => split },
        { name: 'samples', isNumber: true, cell: (split: keyof Sizes) => number(sizes[split]) },
        { name: 'first (UTC)', cell: (split: string) => instant(times[split]?.[0]) },
        { name: 'last (UTC)', cell: (split: string) => instant(times[split]?.[1]) },
      ]} />
      ${text && html`<p>${number(text.words.median)} words a text (median; 95 % have ${number(text.words.p95)} or fewer), ${number(text.vocabulary)} different ones in training.</p>`}
      ${target && html`<p>Target: ${ranged(target)}.</p>`}
      <${Table} caption="Classes" rows=${Object.entries(classes)} empty="The target is a number." columns=${[
        { name: 'class', cell: ([name]: [string, Sizes]) => name },
        ...SPLITS.map((split) => ({
          name: split,
          isNumber: true,
          cell: ([, of]: [string, Sizes]) => number(of[split]),
        })),
      ]} />
      ${
        Object.keys(columns).length > 0 &&
        html`<${Table} caption="Columns" rows=${Object.entries(columns)} empty="" columns=${[
          { name: 'column', cell: ([name]: [string, Profile['columns'][string]]) => name },
          { name: 'type', cell: ([, { type }]: [string, Profile['columns'][string]]) => type },
          {
            name: 'missing',
            isNumber: true,
            cell: ([, { missing }]: [string, Profile['columns'][string]]) => number(missing),
          },
          { name: 'values', cell: ([, column]: [string, Profile['columns'][string]]) => described(column) },
        ]} />`
      }
    </div>`}
  <//>`;
}

const ranged = ({ mean, std, min, max }: Summary): string =>
  `${number(mean)} ± ${number(std)}, from ${number(min)} to ${number(max)}`;

function described(column: Profile['columns'][string]): string {
  if (column.type === 'number') return column.values ? ranged(column.values) : 'none';
  const [most = ['', 0]] = Object.entries(column.top);
  return `${number(column.distinct)} different, the most frequent ${most[0]} (${number(most[1])})`;
}

function Compared({ id, other }: { id: string; other: string | undefined }): View {
  const datasets = useApi<ApiPage<Dataset>>('/v1/datasets?limit=200');
  const others =
    datasets.data?.items.filter(({ datasetId, status }) => status === 'sealed' && datasetId !== id) ?? [];
  const diff = useApi<Diff>(other && pathOf(`/v1/datasets/${encodeURIComponent(id)}/diff`, { with: other }));
  const choose = (event: Event) =>
    go(urlOf(`/data/${encodeURIComponent(id)}`, { with: (event.target as HTMLSelectElement).value }));
  return html`<section>
    <h2>Compared</h2>
    <p><label for="other">What another dataset has that this one has not </label>
      <select id="other" onChange=${choose}>
        <option value="">choose a dataset</option>
        ${others.map(({ datasetId }) => html`<option value=${datasetId} selected=${datasetId === other}>${datasetId}</option>`)}
      </select></p>
    ${other && html`<${Loaded} of=${diff}>${(found: Diff) => html`<${Differences} of=${found} />`}<//>`}
  </section>`;
}

function Differences({ of }: { of: Diff }): View {
  const counts = ['same', 'added', 'removed', 'relabelled', 'changed', 'moved'] as const;
  const different = of.examples.different.map(({ id, target, split }) =>
    [id, target && `${target[0]} → ${target[1]}`, split && `${split[0]} → ${split[1]}`]
      .filter(Boolean)
      .join(', '),
  );
  const examples = [
    ...of.examples.added.map((id) => ['added', id]),
    ...of.examples.removed.map((id) => ['removed', id]),
    ...different.map((text) => ['different', text]),
  ];
  return html`<div>
    <p>${counts.map((name, i) => html`<span>${i > 0 && ', '}${number(of[name])} ${name}</span>`)}</p>
    <${Table} caption="Classes that differ" rows=${Object.entries(of.classes)} empty="Each class has as many samples." columns=${[
      { name: 'class', cell: ([name]: [string, readonly [number, number]]) => name },
      {
        name: 'here',
        isNumber: true,
        cell: ([, [here]]: [string, readonly [number, number]]) => number(here),
      },
      {
        name: 'there',
        isNumber: true,
        cell: ([, [, there]]: [string, readonly [number, number]]) => number(there),
      },
    ]} />
    <${Table} caption="Some of the samples" rows=${examples} empty="They hold the same samples." columns=${[
      { name: 'what', cell: ([what]: string[]) => what },
      { name: 'sample', cell: ([, sample]: string[]) => sample },
    ]} />
  </div>`;
}
