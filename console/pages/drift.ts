import type { Page, PageProps } from '../pages.ts';
import { type Page as ApiPage, pathOf, useApi } from '../ui/api.ts';
import { instant, number } from '../ui/format.ts';
import { html, type View } from '../ui/html.ts';
import { Evidence, Loaded, Sheet } from '../ui/parts.ts';
import { Link, urlOf } from '../ui/router.ts';

const REFRESH_MS = 10_000;
/** of the population stability index, as most people read it: little, some, much */
const STEPS = [0.1, 0.25];

interface Feature {
  feature: string;
  /** column=value of the predictions that were compared; empty: all */
  slice: string;
  psi: number;
  expectedPsi: number;
  pValue: number;
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
  features: readonly Feature[];
}

const titleOf = ({ feature, slice }: Feature): string => (slice === '' ? feature : `${feature} of ${slice}`);

/** How far each feature has moved from what the version was trained on, window by window. */
function DriftView({ parameters }: PageProps): View {
  const model = parameters.get('model') ?? undefined;
  const cursor = parameters.get('cursor') ?? undefined;
  const json = pathOf('/v1/drift', { model, cursor, limit: '40' });
  const drift = useApi<ApiPage<Window>>(json, REFRESH_MS);
  return html`<${Sheet} title="Drift" json=${json}>
    <p class="quiet">Population stability index of each feature and window of predictions, against the data of the training. A drifted
      one is marked: it is above the limit of the policy, and chance does not explain it.</p>
    <${Loaded} of=${drift}>
      ${({ items, next }: ApiPage<Window>) =>
        items.length === 0
          ? html`<p class="empty">Not measured yet: a window of predictions must be full (policy: <code>drift.window</code>).</p>`
          : html`<div>
              ${[...Map.groupBy(items, (window) => window.model)].map(([name, windows]) => html`<${HeatMap} model=${name} windows=${windows.toReversed()} />`)}
              ${next && html`<p><${Link} to=${urlOf('/drift', { model, cursor: next })}>older<//></p>`}
            </div>`}
    <//>
  <//>`;
}

function HeatMap({ model, windows }: { model: string; windows: readonly Window[] }): View {
  const features = [...new Set(windows.flatMap((window) => window.features.map(titleOf)))].toSorted();
  return html`<section>
    <h2>${model}</h2>
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
          (feature) =>
            html`<tr><th scope="row">${feature}</th>${windows.map((window) => html`<${Cell} of=${window.features.find((own) => titleOf(own) === feature)} />`)}</tr>`,
        )}</tbody>
      </table>
    </div>
  </section>`;
}

function Cell({ of: feature }: { of?: Feature }): View {
  if (!feature) return html`<td class="number">–</td>`;
  const { psi, expectedPsi, pValue, drifted } = feature;
  const heat = STEPS.filter((step) => psi >= step).length;
  const detail = `${number(expectedPsi, 2)} is expected without drift; p ${number(pValue, 2)}`;
  return html`<td class=${`number heat-${heat}`} title=${detail}>${number(psi, 2)}${drifted ? ' ▲ drifted' : ''}</td>`;
}

export const drift: Page = { path: '/drift', title: 'Drift', View: DriftView };
