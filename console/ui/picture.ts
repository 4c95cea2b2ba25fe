import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, send } from './api.ts';
import { html, type View } from './html.ts';

/** An SVG of the API, with what it says where the pointer rests; and the same as a file. It is asked again for each `state`. */
export function Picture(props: { title: string; path: string; state: number }): View {
  const { title, path, state } = props;
  const place = useRef<HTMLDivElement>(null);
  const [found, setFound] = useState<{ svg?: string; error?: string }>({});
  useEffect(() => {
    const stop = new AbortController();
    send(path, stop.signal)
      .then((response) => response.text())
      .then(
        (svg) => setFound({ svg }),
        (error: unknown) => error instanceof ApiError && setFound({ error: error.message }),
      );
    return () => stop.abort();
  }, [path, state]);
  useEffect(() => {
    if (!found.svg) return;
    const picture = new DOMParser().parseFromString(found.svg, 'image/svg+xml').documentElement;
    place.current?.replaceChildren(document.importNode(picture, true));
  }, [found.svg]);
  if (found.error) return html`<p class="empty">${title}: ${found.error}</p>`;
  if (!found.svg) return html`<p class="empty" role="status">Loading …</p>`;
  const file = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(found.svg)}`;
  return html`<figure>
    <figcaption>${title} <a download=${`${title}.svg`} href=${file}>SVG</a></figcaption>
    <div class="picture" ref=${place}></div>
  </figure>`;
}
