import { type Page as ApiPage, useApi } from './api.ts';
import { html, type View } from './html.ts';
import { go, urlOf } from './router.ts';

/** The model that a page is about: that of its address, else the first; undefined until it is known. */
export function useModel(parameters: URLSearchParams): {
  model: string | undefined;
  models: readonly string[];
} {
  const models = useApi<ApiPage<{ model: string }>>('/v1/models').data?.items.map(({ model }) => model) ?? [];
  return { model: parameters.get('model') ?? models[0], models };
}

/** Chooses the model of a page. */
export function ModelChoice(props: {
  page: string;
  model: string | undefined;
  models: readonly string[];
}): View {
  const { page, model, models } = props;
  if (models.length === 0)
    return html`<p class="empty">No model is declared yet: <code>npx epochlog lifecycle</code> shows a whole life.</p>`;
  const choose = (event: Event) => go(urlOf(page, { model: (event.target as HTMLSelectElement).value }));
  return html`<p><label for="model">Model </label>
    <select id="model" onChange=${choose}>
      ${models.map((each) => html`<option value=${each} selected=${each === model}>${each}</option>`)}
    </select></p>`;
}
