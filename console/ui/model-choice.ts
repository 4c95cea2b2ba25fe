import { type Answer, type Page as ApiPage, useApi } from './api.ts';
import { html, type View } from './html.ts';
import { Loaded } from './parts.ts';
import { go, urlOf } from './router.ts';

type Models = Answer<ApiPage<{ model: string }>>;

/** The model that a page is about: that of its address, else the first; undefined until it is known. */
export function useModel(parameters: URLSearchParams): { model: string | undefined; models: Models } {
  const models: Models = useApi('/v1/models');
  return { model: parameters.get('model') ?? models.data?.items[0]?.model, models };
}

/** Chooses the model of a page. */
export function ModelChoice(props: { page: string; model: string | undefined; models: Models }): View {
  const { page, model, models } = props;
  const choose = (event: Event) => go(urlOf(page, { model: (event.target as HTMLSelectElement).value }));
  return html`<${Loaded} of=${models}>
    ${({ items }: ApiPage<{ model: string }>) =>
      items.length === 0
        ? html`<p class="empty">No model is declared yet. <code>npx epochlog init FILE</code> proposes one for a file of rows;
            <code> npx epochlog lifecycle</code> shows a whole life.</p>`
        : html`<p><label for="model">Model </label>
            <select id="model" onChange=${choose}>
              ${items.map((each) => html`<option value=${each.model} selected=${each.model === model}>${each.model}</option>`)}
            </select></p>`}
  <//>`;
}
