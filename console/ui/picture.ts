import { useEffect, useRef } from 'preact/hooks';
import { send, useAnswer, useLast } from './api.ts';
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
  const { data, error } = useAnswer(`${path} ${state ?? ''}`, async (signal) =>
    (await send(path, signal)).text(),
  );
  const svg = useLast(data);
  useEffect(() => {
    if (!svg) return;
    const picture = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
    const shown = document.importNode(picture, true);
    place.current?.replaceChildren(shown);
    onDrawn?.(shown);
  }, [svg]);
  if (error && !svg) return html`<p class="empty">${title}: ${error.message}</p>`;
  if (!svg) return html`<p class="empty" role="status">Loading …</p>`;
  return html`<figure>
    <figcaption>${title} <${Save} name="SVG" fileName=${`${title}.svg`} text=${() => svg} />
      ${csvPath && html` <${Save} name="CSV" fileName=${`${title}.csv`} path=${csvPath} />`}</figcaption>
    <div class="picture scroll" ref=${place} tabindex="0" role="region" aria-label=${title}></div>
  </figure>`;
}
