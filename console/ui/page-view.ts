import { useEffect, useState } from 'preact/hooks';
import { RETRY_MS } from './api.ts';
import type { Page, PageView } from './page.ts';
import { BASE } from './router.ts';

const loaded = new Map<Page, PageView>();

/** What shows a page, once its script is there; or that it cannot be loaded, for now. */
export function usePageView(page: Page): { View: PageView | undefined; isMissing: boolean } {
  const [missing, setMissing] = useState<Page>();
  const [, setLast] = useState<Page>();
  useEffect(() => {
    if (loaded.has(page)) return;
    const stop = new AbortController();
    void load(page, stop.signal, () => setMissing(page)).then((View) => {
      if (View) loaded.set(page, View);
      if (!stop.signal.aborted) setLast(page); // renders again
    });
    return () => stop.abort();
  }, [page]);
  return { View: loaded.get(page), isMissing: missing === page };
}

/** Loads the script of a page, again when a server that was away answers; a browser may not try a script twice. */
async function load(page: Page, signal: AbortSignal, onMissing: () => void): Promise<PageView | undefined> {
  const found = await page.load().catch(() => undefined);
  if (found || signal.aborted) return found;
  onMissing();
  let wasAway = false;
  while (!(await answers())) {
    wasAway = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    if (signal.aborted) return undefined;
  }
  const later = await page.load().catch(() => undefined);
  if (!later && wasAway && !signal.aborted) location.reload();
  return later;
}

const answers = (): Promise<boolean> =>
  fetch(BASE, { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );
