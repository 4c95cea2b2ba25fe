import { html, type View } from '../ui/html.ts';
import type { PageProps } from '../ui/page.ts';
import { BASE } from '../ui/router.ts';

/** What a misspelt address shows. */
export function NowhereView({ rest }: PageProps): View {
  return html`<main id="main" tabindex="-1"><h1>No such page</h1>
    <p class="problem" role="alert">The console has no page <code>${BASE}${rest}</code>: take one of those above.</p>
  </main>`;
}
