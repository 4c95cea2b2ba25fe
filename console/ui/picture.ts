import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, send } from './api.ts';
import { html, type View } from './html.ts';
import { Save } from './save.ts';

/**
 * An SVG of the API, with what it says where the pointer rests; and the same as a file, and its numbers where the API has
 * them. It is asked again for each `state`.
 */
export function Picture(props: {
  title: string;
  path: string;
  state?: number;
  csvPath?: string;
  onDrawn?: (picture: Element) => void;
}): View {
  const { title, path, state, csvPath, onDrawn } = props;
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
  const { svg, error } = found;
  useEffect(() => {
    if (!svg) return;
    const picture = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
    const shown = document.importNode(picture, true);
    place.current?.replaceChildren(shown);
    onDrawn?.(shown);
  }, [svg]);
  if (error) return html`<p class="empty">${title}: ${error}</p>`;
  if (!svg) return html`<p class="empty" role="status">Loading …</p>`;
  return html`<figure>
    <figcaption>${title} <${Save} name="SVG" fileName=${`${title}.svg`} text=${() => svg} />
      ${csvPath && html` <${Save} name="CSV" fileName=${`${title}.csv`} path=${csvPath} />`}</figcaption>
    <div class="picture scroll" ref=${place} tabindex="0" role="region" aria-label=${title}></div>
  </figure>`;
}
