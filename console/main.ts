import { render } from 'preact';
import { pageAt, pages } from './pages.ts';
import { useTokenNeeded } from './ui/api.ts';
import { html, type View } from './ui/html.ts';
import { usePageView } from './ui/page-view.ts';
import { Link, urlOf, usePlace } from './ui/router.ts';
import { TokenForm } from './ui/token-form.ts';
import { urlOfTracked } from './ui/tracking-link.ts';

/** The frame of all pages. */
function App(): View {
  const { path, parameters } = usePlace();
  const { page, rest } = pageAt(path);
  const isTokenNeeded = useTokenNeeded();
  const { View, isMissing } = usePageView(page);
  document.title = `${page.title} · epochlog`;
  return html`<div class="frame">
    <a class="skip" href="#main">Skip to the content</a>
    <nav aria-label="Pages">
      <strong>epochlog</strong>
      ${pages.map(
        (each) =>
          html`<${Link} key=${each.path} to=${urlOf(each.path)} current=${each === page}>${each.title}<//>`,
      )}
      <a href="/docs" class="quiet">HTTP API</a>
    </nav>
    ${isTokenNeeded && html`<${TokenForm} />`}
    ${
      View
        ? html`<${View} key=${path} rest=${rest} parameters=${parameters} />`
        : html`<main id="main" tabindex="-1"><h1>${page.title}</h1>${
            isMissing
              ? html`<p class="problem" role="alert">The page cannot be loaded: the server does not answer. It is shown when it does; or <a href=${location.href}>load it again</a>.</p>`
              : html`<p class="empty" role="status">Loading …</p>`
          }</main>`
    }
  </div>`;
}

const tracked = await urlOfTracked(location.hash);
if (tracked !== undefined) history.replaceState(null, '', tracked);
const root = document.getElementById('app')!;
root.replaceChildren();
render(html`<${App} />`, root);
