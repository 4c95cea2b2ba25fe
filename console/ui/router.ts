import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { html, type View } from './html.ts';

const MOVED = 'moved';
/** of every page's URL; the first page has the root too */
export const BASE = '/console';

/** The page that the address names, and its parameters. */
export interface Place {
  /** below the base, such as `/runs` */
  path: string;
  parameters: URLSearchParams;
}

function place(): Place {
  const path = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : '';
  return { path: path === '/' ? '' : path, parameters: new URLSearchParams(location.search) };
}

/** The URL of a page with its parameters; empty ones are left out. */
export function urlOf(path: string, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return `${BASE}${path}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`;
}

/** Goes to a page; `replaces` keeps one entry of the browser's history, as for a slider. */
export function go(url: string, { replaces = false } = {}): void {
  if (replaces) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  dispatchEvent(new Event(MOVED));
}

/** The present place; the component renders again when it changes. */
export function usePlace(): Place {
  const [at, setAt] = useState(place);
  useEffect(() => {
    const follow = () => setAt(place());
    addEventListener(MOVED, follow);
    addEventListener('popstate', follow);
    return () => {
      removeEventListener(MOVED, follow);
      removeEventListener('popstate', follow);
    };
  }, []);
  return at;
}

/** A link between pages, without loading. */
export function Link(props: { to: string; children?: ComponentChildren; current?: boolean }): View {
  const { to, children, current } = props;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return html`<a href=${to} onClick=${follow} aria-current=${current ? 'page' : undefined}>${children}</a>`;
}
