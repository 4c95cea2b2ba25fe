import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { byMove, instant, movedBy, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { useModel } from '../ui/model-choice.ts';
import type { PageProps } from '../ui/page.ts';
import { Badge, Evidence, Loaded, Sheet, Table } from '../ui/parts.ts';
import { Picture } from '../ui/picture.ts';
import { go, Link, urlOf } from '../ui/router.ts';
import { Save } from '../ui/save.ts';

const REFRESH_MS = 10_000;
const WINDOWS = '40';
/** of the population stability index, as most people read it: little, some, much */
const STEPS = [0.1, 0.25];

interface Feature {
  feature: string;
  /** column=value of the predictions that were compared; empty: all */
  slice: string;
  psi: number;
  expectedPsi: number;
  auroc: number | null;
  expectedAuroc: number | null;
  pValue: number;
  adjustedPValue: number | null;
  drifted: boolean;
}
interface Window {
  model: string;
  version: string;
  window: number;
  from: string;
  to: string;
  eventId: string;
  predictions: number;
  policyVersion: number;
  features: readonly Feature[];
}
/** A cell of the map, as it stands in the address. */
interface Place {
  window: string;
  feature: string;
  slice: string;
}

const titleOf = ({ feature, slice }: Pick<Feature, 'feature' | 'slice'>): string =>
  slice === '' ? feature : `${feature} of ${slice}`;

/** How far each feature has moved from what the version was trained on, window by window. */
export function DriftView({ parameters }: PageProps): View {
  const model = parameters.get('model') ?? undefined;
  const cursor = parameters.get('cursor') ?? undefined;
  const { models } = useModel(parameters);
  const json = pathOf('/v1/drift', { model, cursor, limit: WINDOWS });
  const drift = useApi<ApiPage<Window>>(json, REFRESH_MS);
  const place = {
    window: parameters.get('window') ?? '',
    feature: parameters.get('feature') ?? '',
    slice: parameters.get('slice') ?? '',
  };
  const choose = (event: Event) => go(urlOf('/drift', { model: (event.target as HTMLSelectElement).value }));
  return html`<${Sheet} title="Drift" json=${json}>
    <p class="filters"><label for="model">Model </label><select id="model" onChange=${choose}>
      <option value="">all</option>
      ${models.data?.items.map(({ model: each }) => html`<option value=${each} selected=${each === model}>${each}</option>`)}
    </select></p>
    <p class="quiet">Population stability index of each feature and window of predictions, against the data of the training. A drifted
      one is marked: it is above the limit of the policy, and chance does not explain it. A cell opens its histograms.</p>
    <${Loaded} of=${drift}>
      ${({ items, next }: ApiPage<Window>) =>
        items.length === 0
          ? html`<p class="empty">Not measured yet: a window of predictions must be full (policy: <code>drift.window</code>). The command
              ${' '}<code>npx epochlog model policy ${model ?? 'MODEL'}</code> shows how large it is.</p>`
          : html`<div>
              ${[...Map.groupBy(items, (window) => window.model)].map(
                ([name, windows]) =>
                  html`<${HeatMap} key=${name} model=${name} windows=${windows.toReversed()} place=${place} here=${{ model, cursor }} />`,
              )}
              <p>${cursor && html`<${Link} to=${urlOf('/drift', { model })}>newest<//> `}
                ${next && html`<${Link} to=${urlOf('/drift', { model, cursor: next })}>older<//>`}</p>
            </div>`}
    <//>
  <//>`;
}

type Here = Readonly<Record<string, string | undefined>>;

function HeatMap(props: { model: string; windows: readonly Window[]; place: Place; here: Here }): View {
  const { model, windows, place, here } = props;
  const features = [...new Set(windows.flatMap((window) => window.features.map(titleOf)))].toSorted();
  const opened = windows.find(({ eventId }) => eventId === place.window);
  const feature = opened?.features.find((own) => titleOf(own) === titleOf(place));
  const map = `/v1/models/${encodeURIComponent(model)}/drift/map`;
  return html`<section>
    <h2>${model}</h2>
    <${First} windows=${windows} here=${here} />
    ${opened && feature && html`<${Detail} window=${opened} feature=${feature} close=${urlOf('/drift', here)} />`}
    <p><${Save} name="SVG" fileName=${`drift of ${model}.svg`} path=${pathOf(map, { limit: WINDOWS })} />
      ${' '}<${Save} name="CSV" fileName=${`drift of ${model}.csv`} path=${pathOf(map, { limit: WINDOWS, format: 'csv' })} /></p>
    <div class="scroll" tabindex="0" role="region" aria-label=${`Drift of ${model}`}>
      <table class="heat">
        <caption>PSI by feature and window, oldest first</caption>
        <thead><tr><th scope="col">feature</th>${windows.map(
          (
            window,
          ) => html`<th scope="col"><span title=${`${window.predictions} predictions`}>${window.version}</span><br />
            <span class="quiet">${instant(window.from).slice(0, 10)} to ${instant(window.to).slice(0, 10)}</span><br />
            <${Evidence} id=${window.eventId} text="events" /></th>`,
        )}</tr></thead>
        <tbody>${features.map(
          (name) =>
            html`<tr><th scope="row">${name}</th>${windows.map(
              (window) =>
                html`<${Cell} window=${window} of=${window.features.find((own) => titleOf(own) === name)} here=${here} />`,
            )}</tr>`,
        )}</tbody>
      </table>
    </div>
  </section>`;
}

const cellUrl = ({ eventId }: Window, { feature, slice }: Feature, here: Here): string =>
  urlOf('/drift', { ...here, window: eventId, feature, slice });

/** Which features drifted first, and when. */
function First({ windows, here }: { windows: readonly Window[]; here: Here }): View {
  const first = windows.find(({ features }) => features.some(({ drifted }) => drifted));
  if (!first) return html`<p><${Badge} kind="good" text="no drift" /> in these ${windows.length} windows</p>`;
  const drifted = byMove(first.features.filter((feature) => feature.drifted));
  return html`<p><${Badge} kind="bad" text="first drift" /> ${drifted.map(
    (feature, i) =>
      html`${i > 0 && ', '}<${Link} to=${cellUrl(first, feature, here)}>${titleOf(feature)}<//> (${movedBy(feature)})`,
  )}, ${first.version}, ${instant(first.from).slice(0, 10)} to ${instant(first.to).slice(0, 10)}</p>`;
}

function Cell({ window, of: feature, here }: { window: Window; of?: Feature; here: Here }): View {
  if (!feature) return html`<td class="number">–</td>`;
  const { psi, expectedPsi, pValue, drifted } = feature;
  const heat = STEPS.filter((step) => psi >= step).length;
  const detail = `${number(expectedPsi, 2)} is expected without drift; p ${number(pValue, 2)}`;
  return html`<td class=${`number heat-${heat}`} title=${detail}>
    <${Link} to=${cellUrl(window, feature, here)}>${number(psi, 2)}${drifted ? ' ▲ drifted' : ''}<//></td>`;
}

/** A feature in a window: the statistic beside what chance gives at this size, and both histograms. */
function Detail({ window, feature, close }: { window: Window; feature: Feature; close: string }): View {
  const { eventId, predictions } = window;
  const path = `/v1/models/${encodeURIComponent(window.model)}/drift/histogram`;
  const asked = { eventId, feature: feature.feature, slice: feature.slice };
  const share = (value: number | null) => number(value, 3);
  return html`<section class="card" aria-label=${titleOf(feature)}>
    <h3>${titleOf(feature)}, ${window.version} window ${window.window}
      ${' '}<${Badge} kind=${feature.drifted ? 'bad' : 'good'} text=${feature.drifted ? 'drifted' : 'no drift'} /></h3>
    <div class="pair"><${Table} caption=${`Of ${number(predictions)} predictions; policy version ${window.policyVersion}`} rows=${[
      ['population stability index', share(feature.psi)],
      ['expected of so many without drift', share(feature.expectedPsi)],
      ...(feature.auroc === null
        ? []
        : [
            ['AUROC of the domain classifier', share(feature.auroc)],
            ['expected without drift', share(feature.expectedAuroc)],
          ]),
      ['p', number(feature.pValue, 2)],
      ['p, corrected for all features', number(feature.adjustedPValue, 2)],
    ]} empty="" columns=${[
      { name: 'statistic', cell: ([name]: string[]) => name },
      { name: 'value', isNumber: true, cell: ([, value]: string[]) => value },
    ]} />
    <${Picture} title=${`${titleOf(feature)}, window ${window.window}`} path=${pathOf(path, asked)} csvPath=${pathOf(path, { ...asked, format: 'csv' })} /></div>
    <p><${Evidence} id=${eventId} text="the events behind it" />, <${Link} to=${close}>close<//></p>
  </section>`;
}
